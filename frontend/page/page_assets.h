// page.css and page.js, as the build has put them into the program.
#pragma once

#include <string_view>

namespace rondo::page {

extern const std::string_view page_style, page_script;

}  // namespace rondo::page
