// What the commands do, by the file that does it. The table in commands.cpp says the rest.
#pragma once

#include "frontend/repl/turn.h"

namespace rondo::repl {

// look_commands.cpp: cells, and what the compiler makes of them.
void show_names(Session&, const std::string&, Turn&);
void show_cell(Session&, const std::string&, Turn&);
void show_graph(Session&, const std::string&, Turn&);
void show_plan(Session&, const std::string&, Turn&);
void show_loops(Session&, const std::string&, Turn&);
void show_llvm(Session&, const std::string&, Turn&);
void show_assembly(Session&, const std::string&, Turn&);
void show_passes(Session&, const std::string&, Turn&);

// run_commands.cpp: calls, and what is measured of them.
void run_call(Session&, const std::string&, Turn&);
void time_call(Session&, const std::string&, Turn&);
void check_call(Session&, const std::string&, Turn&);
void compare_calls(Session&, const std::string&, Turn&);

// travel_commands.cpp: values within the step, over time.
void trace_node(Session&, const std::string&, Turn&);
void step_through(Session&, const std::string&, Turn&);
void find_nan(Session&, const std::string&, Turn&);

// file_commands.cpp
void plot(Session&, const std::string&, Turn&);
void emit(Session&, const std::string&, Turn&);
void save_session(Session&, const std::string&, Turn&);
void load_file(Session&, const std::string&, Turn&);

// session_commands.cpp
void set_options(Session&, const std::string&, Turn&);
void forget_names(Session&, const std::string&, Turn&);
void help(Session&, const std::string&, Turn&);

}  // namespace rondo::repl
