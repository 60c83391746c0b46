// Rondo as others get it: installed to an empty folder, found by CMake and pkg-config, or made part of their
// own build.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/run_program.h"
#include "tests/sanitizers.h"

using namespace rondo;
using Catch::Matchers::Contains;
using test::Outcome;

namespace {

std::string need(const std::vector<std::string>& words,
                 const std::map<std::string, std::string>& environment = {}) {
  const Outcome outcome = test::run_command(words, "", environment);
  std::string line;
  for (const std::string& word : words) line += word + " ";
  INFO(line << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

// Half a second of a stereo sound that fades away: a WAV file of 16 bits (IBM and Microsoft, 1991).
std::string plucked_string() {
  constexpr uint32_t frames = 22050, rate = 44100;
  std::string wav;
  const auto put = [&wav](auto number) { wav.append(reinterpret_cast<const char*>(&number), sizeof number); };
  wav += "RIFF";
  put(uint32_t{36 + frames * 4});
  wav += "WAVEfmt ";
  put(uint32_t{16});
  put(uint16_t{1});
  put(uint16_t{2});
  put(rate);
  put(uint32_t{rate * 4});
  put(uint16_t{4});
  put(uint16_t{16});
  wav += "data";
  put(uint32_t{frames * 4});
  for (uint32_t t = 0; t < frames; ++t)
    for (const double pitch : {220.0, 277.2})
      put(static_cast<int16_t>(20000 * std::exp(-1e-3 * t) * std::sin(6.283185307 * pitch * t / rate)));
  return wav;
}

// What stands behind the header of the part with the samples; the header may have a time stamp.
std::string samples_of(const std::string& wav) {
  const size_t data = wav.find("data");
  REQUIRE(data != std::string::npos);
  return wav.substr(data + 8);
}

const std::string embedding = RONDO_SOURCE_DIR "/examples/embedding",
                  effect = RONDO_SOURCE_DIR "/examples/effect";

std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i) found.insert((*i)[1]);
  return found;
}

}  // namespace

TEST_CASE("installed to an empty folder, Rondo builds other people's programs", "[library][install]") {
  const test::Scratch scratch;
  const std::string prefix = scratch.path("prefix"), build = scratch.path("build");
  const std::string said = need({"cmake", "--install", RONDO_BUILD_DIR, "--prefix", prefix});
  CHECK_THAT(said, !Contains("Up-to-date"));  // in an empty folder: a file that is installed twice

  SECTION("through CMake") {
    need({"cmake", "-S", embedding, "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix});
    need({"cmake", "--build", build});
    CHECK_THAT(need({build + "/gru"}, test::loads_sanitized), Contains("the same bits"));
    CHECK_THAT(need({build + "/biquad"}, test::loads_sanitized), Contains("gain"));
  }
  SECTION("through CMake, which knows the version") {
    const std::string project =
        scratch.write("CMakeLists.txt",
                      "cmake_minimum_required(VERSION 3.21)\nproject(p LANGUAGES CXX)\n"
                      "find_package(rondo 0.0.9 REQUIRED)\n");
    const Outcome other = test::run_command({"cmake", "-S", project.substr(0, project.rfind('/')), "-B",
                                             build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix});
    CHECK(other.status != 0);
    CHECK_THAT(other.err, Contains("compatible"));
  }
  SECTION("an audio effect, for which the size of blocks changes nothing") {
    need({"cmake", "-S", effect, "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix});
    need({"cmake", "--build", build});
    const std::string in = scratch.write("in.wav", plucked_string());
    std::set<std::string> heard;
    for (const std::string block : {"1", "64", "1000", "1000000"}) {
      const std::string out = scratch.path("out" + block + ".wav");
      CHECK(need({build + "/effect", effect + "/overdrive.rondo", effect + "/weights.npz", in, out, block},
                 test::loads_sanitized) == "22050 frames of 2 channels at 44100 Hz\n");
      heard.insert(samples_of(test::read_whole(out)));
    }
    CHECK(heard.size() == 1);
    CHECK(heard.begin()->size() == sizeof(float) * 2 * 22050);
    CHECK_THAT(
        test::run_command({build + "/effect", "a", "b", "nowhere.wav", "c"}, "", test::loads_sanitized).err,
        Contains("nowhere.wav"));
  }
  SECTION("through pkg-config, as C99 without a warning") {
    const std::string flags =
        need({"pkg-config", "--cflags", "--libs", "rondo"}, {{"PKG_CONFIG_PATH", prefix + "/lib/pkgconfig"}});
    const std::string words = flags.substr(0, flags.find_last_not_of(" \n") + 1);
    const std::string program = scratch.path("biquad");
    need({"sh", "-c",
          "cc -std=c99 -Wall -Wextra -pedantic -Werror -o " + program + " " + embedding + "/biquad.c " +
              words + " -lm"});
    std::map<std::string, std::string> environment = test::loads_sanitized;
    environment["LD_LIBRARY_PATH"] = prefix + "/lib";
    CHECK_THAT(need({program}, environment), Contains("gain"));
  }
  SECTION("and shows nothing but its own functions") {
    const std::string library = prefix + "/lib/librondo.so";
    const std::string symbols = need({"nm", "-D", "--defined-only", "--format=just-symbols", library});
    std::ifstream file(prefix + "/include/rondo/rondo.h");
    std::stringstream header;
    header << file.rdbuf();
    CHECK(matches(symbols, std::regex("(\\S+)\n")) ==
          matches(header.str(), std::regex("RONDO_API [^(;]*?(rondo_\\w+)\\(")));
    CHECK_THAT(need({"readelf", "-d", library}), Contains("SONAME") && Contains("[librondo.so.0.1]"));
  }
}

TEST_CASE("as part of another build, Rondo adds its library and program, and changes nothing else",
          "[library][install]") {
  const test::Scratch scratch;
  const std::string project = scratch.write(
      "CMakeLists.txt",
      "cmake_minimum_required(VERSION 3.21)\n"
      "project(host LANGUAGES C CXX)\n"
      "get_cmake_property(before VARIABLES)\n"
      "get_cmake_property(cache_before CACHE_VARIABLES)\n"
      "add_subdirectory(" RONDO_SOURCE_DIR
      " rondo EXCLUDE_FROM_ALL)\n"
      "get_cmake_property(after VARIABLES)\n"
      "list(REMOVE_ITEM after ${before} ${cache_before} before)\n"
      "get_cmake_property(cache CACHE_VARIABLES)\n"
      "list(REMOVE_ITEM after ${cache})\n"
      "list(REMOVE_ITEM cache ${cache_before})\n"
      "message(STATUS \"variables: ${after}\")\n"
      "list(FILTER cache EXCLUDE REGEX "
      "\"^(CMAKE|FIND_PACKAGE|HAVE_|RONDO|LLVM|rondo|fmt|CLI11|"
      "nlohmann|PNG|ZLIB|zstd|PC_|pkgcfg|_?PKG|LibEdit|"
      "CURL|FFI|Terminfo|LibXml2|host_|Python|__pkg_config|prefix_result|LIBXML2|_GNUInstallDirs)\")\n"
      "message(STATUS \"cache: ${cache}\")\n"
      "get_property(tests DIRECTORY PROPERTY TESTS)\n"
      "message(STATUS \"flags: ${CMAKE_CXX_FLAGS}${tests}\")\n"
      "add_executable(host " +
          embedding +
          "/gru.cpp)\n"
          "target_compile_features(host PRIVATE cxx_std_20)\n"
          "target_link_libraries(host PRIVATE rondo::rondo)\n");
  const std::string folder = project.substr(0, project.rfind('/')), build = scratch.path("build");
  const std::string said = need({"cmake", "-S", folder, "-B", build, "-G", "Ninja"});
  CHECK_THAT(said, Contains("-- variables: cache_before\n"));
  CHECK_THAT(said, Contains("-- cache: \n"));
  CHECK_THAT(said, Contains("-- flags: \n"));
  // What would be run to build the program: nothing of the tests, and no flag of Rondo's for the program.
  const std::string commands = need({"ninja", "-C", build, "-t", "commands", "host"});
  CHECK_THAT(commands, Contains("librondo.so") && !Contains("tests/"));
  const size_t compiled = commands.find("gru.cpp\n");
  REQUIRE(compiled != std::string::npos);
  const size_t begin = commands.rfind('\n', compiled) + 1;
  const std::string line = commands.substr(begin, compiled - begin);
  CHECK_THAT(line, Contains(" -c "));
  CHECK_THAT(line, !Contains("-Werror") && !Contains("-fvisibility") && !Contains("-ffp-contract"));
}
