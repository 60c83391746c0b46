#include "frontend/aot/c_names.h"

#include <algorithm>
#include <cctype>

namespace rondo::aot {

namespace {

// Of C11 and C++20 together.
const std::set<std::string_view> keywords = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
};

// Types and macros that a header with <stddef.h> and <stdint.h> has, and macros of compilers, all of which a
// name of ours would hide, or be replaced by.
const std::set<std::string_view> names_of_others = {
    "NULL",          "linux",         "max_align_t",   "nullptr_t",      "offsetof",       "ptrdiff_t",
    "size_t",        "unix",          "int8_t",        "int16_t",        "int32_t",        "int64_t",
    "uint8_t",       "uint16_t",      "uint32_t",      "uint64_t",       "intmax_t",       "uintmax_t",
    "intptr_t",      "uintptr_t",     "int_fast8_t",   "int_fast16_t",   "int_fast32_t",   "int_fast64_t",
    "uint_fast8_t",  "uint_fast16_t", "uint_fast32_t", "uint_fast64_t",  "int_least8_t",   "int_least16_t",
    "int_least32_t", "int_least64_t", "uint_least8_t", "uint_least16_t", "uint_least32_t", "uint_least64_t",
};

// Not std::isalpha, which follows the locale.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

// INT8_MAX, UINT64_C, SIZE_MAX, __linux__, _Bool ...
bool belongs_to_others(std::string_view name) {
  if (names_of_others.contains(name) || name.starts_with("__")) return true;
  if (name.size() > 1 && name[0] == '_' && is_capital(name[1])) return true;
  return is_capital(name[0]) && (name.ends_with("_MAX") || name.ends_with("_MIN") ||
                                 name.ends_with("_WIDTH") || name.ends_with("_C"));
}

}  // namespace

bool is_c_name(std::string_view text) {
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); }) &&
         !keywords.contains(text);
}

std::string c_name(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (!is_letter(c) && !is_digit(c)) c = '_';
  if (name.empty() || is_digit(name[0])) name.insert(name.begin(), '_');
  return name;
}

std::string upper_case(std::string_view name) {
  std::string upper(name);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

std::string c_comment(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const char last = result.empty() ? ' ' : result.back();
    if ((last == '*' && c == '/') || (last == '/' && c == '*')) result += ' ';
    result += c;
  }
  return result;
}

std::string c_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '?') result += '\\';  // ?? would begin a trigraph
    result += c;
  }
  return result + '"';
}

std::string Scope::take(std::string_view wanted) {
  std::string name = c_name(wanted);
  const auto is_of_header = [&](const std::string& prefix) { return name.starts_with(prefix + "_"); };
  if (!prefix_.empty() && (is_of_header(prefix_) || is_of_header(upper_case(prefix_)))) name += '_';
  if (belongs_to_others(name)) name += '_';
  while (keywords.contains(name) || taken_.contains(name)) name += '_';
  return *taken_.insert(name).first;
}

}  // namespace rondo::aot
