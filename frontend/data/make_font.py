"""Writes font_glyphs.cpp: the bitmaps of the font in PNG charts, rendered from DejaVu Sans.

Usage: python make_font.py DejaVuSans.ttf > font_glyphs.cpp   (needs Pillow)

DejaVu is free to embed and to modify: https://dejavu-fonts.github.io/License.html
"""

import sys

from PIL import Image, ImageDraw, ImageFont

EM = 64
COLUMNS = 110
CHARACTERS = (
    [chr(c) for c in range(0x20, 0x7F)]
    + list("°±²³µ·×÷–—…•−≤≥≈√∞→←")
    + [chr(c) for c in range(0xC0, 0x100) if c not in (0xD7, 0xF7)]
    + list("αβγδεζηθκλμνξπρστφχψωΓΔΘΛΣΦΨΩ")
    + ["\ufffd"]
)


def encode(bits):
    """Each row is XORed with the one above; then the gaps between set bits are written, a character below 89 each.

    89 means: 89 zeros and no set bit. The alphabet is '#' to '~' without '?' and the backslash.
    """
    alphabet = [chr(c) for c in range(ord("#"), ord("~") + 1) if chr(c) not in "?\\"]
    flat = []
    above = [0] * (len(bits[0]) if bits else 0)
    for row in bits:
        flat += [a ^ b for a, b in zip(row, above)]
        above = row
    out, gap = "", 0
    for bit in flat:
        if bit:
            out, gap = out + alphabet[gap], 0
        elif gap == len(alphabet) - 2:
            out, gap = out + alphabet[-1], 0
        else:
            gap += 1
    return out


def main():
    font = ImageFont.truetype(sys.argv[1], EM)
    print("// Written by make_font.py, from DejaVu Sans (https://dejavu-fonts.github.io/License.html).")
    print('#include "frontend/data/font.h"\n')
    print("namespace rondo::data {\n")
    print("// clang-format off")
    print("const std::vector<EncodedGlyph>& encoded_glyphs() {")
    print("  static const std::vector<EncodedGlyph> glyphs = {")
    for character in sorted(set(CHARACTERS)):
        image = Image.new("1", (2 * EM, 2 * EM))
        ImageDraw.Draw(image).text((EM // 2, EM), character, font=font, fill=1, anchor="ls")
        left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
        bits = [[1 if image.getpixel((x, y)) else 0 for x in range(left, right)] for y in range(top, bottom)]
        advance = round(font.getlength(character))
        text = encode(bits)
        head = f"    {{{ord(character):#x}, {advance}, {left - EM // 2}, {top - EM}, {right - left}, {bottom - top},"
        room = COLUMNS - len(head) - len(' ""},')
        print(f'{head} "{text[:room]}"', end="")
        for i in range(room, len(text), COLUMNS - 9):
            print(f'\n     "{text[i : i + COLUMNS - 9]}"', end="")
        print("},")
    print("  };\n  return glyphs;\n}\n// clang-format on\n")
    print("}  // namespace rondo::data")


main()
