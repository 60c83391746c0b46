# rondo_add_cell(<target> <file.rondo> [PREFIX <name>] [CELL <name>] [SET <name>=<number>...] [WEIGHTS <file>]
#                [TARGET <triple>] [CPU <name>[,<name>...]] [OPTIONS <option>...])
#
# Compiles a cell ahead of time and links it into the target, whose sources may then
#
#   #include "<name>.h"
#
# It is compiled again when the file, the weights or Rondo itself change. What is built needs nothing of Rondo.
#
#   PREFIX   of all names in C, and name of the header; the name of the file if not given
#   CELL     which cell of the file; the last if not given
#   SET      parameters of the cell, as in SET units=128 features=64
#   WEIGHTS  .npz or .safetensors: they become part of the object. Without, the program prepares its weights
#   TARGET   machine, as `rondo compile --target` takes it. If not given: the one that CMake builds for
#   CPU      processor, or several levels of x86-64 to pick from at run time
#   OPTIONS  further options of `rondo compile`, as in OPTIONS --masking mask
#
# The compiler is the imported program rondo::compiler, which find_package(rondo) brings.
include_guard()

# The machine that CMake builds for; empty where it is the one at hand, which is what Rondo takes by itself.
function(_rondo_triple result)
  set(${result} "" PARENT_SCOPE)
  if(NOT CMAKE_CROSSCOMPILING)
    return()
  endif()
  if(CMAKE_C_COMPILER_TARGET)
    set(${result} ${CMAKE_C_COMPILER_TARGET} PARENT_SCOPE)
    return()
  endif()
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
  if(processor MATCHES "^(aarch64|arm64)")
    set(${result} aarch64-linux-gnu PARENT_SCOPE)
  elseif(processor MATCHES "^arm")
    set(${result} arm-linux-gnueabihf PARENT_SCOPE)
  elseif(processor MATCHES "^riscv64")
    set(${result} riscv64-linux-gnu PARENT_SCOPE)
  elseif(processor MATCHES "^(x86_64|amd64|x86-64)")
    set(${result} x86_64-linux-gnu PARENT_SCOPE)
  elseif(processor MATCHES "^wasm32" OR CMAKE_SYSTEM_NAME STREQUAL "Emscripten")
    set(${result} wasm32 PARENT_SCOPE)
  else()
    message(FATAL_ERROR "rondo_add_cell: say with TARGET what to compile for: "
                        "the processor '${CMAKE_SYSTEM_PROCESSOR}' is not known")
  endif()
endfunction()

function(rondo_add_cell target file)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "PREFIX;CELL;WEIGHTS;TARGET;CPU" "SET;OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "rondo_add_cell: '${ARG_UNPARSED_ARGUMENTS}' is not understood")
  endif()
  if(NOT TARGET rondo::compiler)
    message(FATAL_ERROR "rondo_add_cell: there is no rondo::compiler; find_package(rondo REQUIRED) brings it")
  endif()
  get_filename_component(source "${file}" ABSOLUTE)
  if(NOT ARG_PREFIX)
    get_filename_component(ARG_PREFIX "${file}" NAME_WLE)
    string(MAKE_C_IDENTIFIER "${ARG_PREFIX}" ARG_PREFIX)
  endif()
  if(NOT ARG_TARGET)
    _rondo_triple(ARG_TARGET)
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/rondo/${target})
  set(object ${folder}/${ARG_PREFIX}.o)
  set(header ${folder}/${ARG_PREFIX}.h)
  file(MAKE_DIRECTORY ${folder})
  set(words compile ${source} -o ${folder}/${ARG_PREFIX})
  set(inputs ${source} $<TARGET_FILE:rondo::compiler>)
  foreach(setting IN LISTS ARG_SET)
    list(APPEND words --set ${setting})
  endforeach()
  if(ARG_CELL)
    list(APPEND words --cell ${ARG_CELL})
  endif()
  if(ARG_WEIGHTS)
    get_filename_component(weights "${ARG_WEIGHTS}" ABSOLUTE)
    list(APPEND words --weights ${weights})
    list(APPEND inputs ${weights})
  endif()
  if(ARG_TARGET)
    list(APPEND words --target ${ARG_TARGET})
  endif()
  if(ARG_CPU)
    list(APPEND words --cpu ${ARG_CPU})
  endif()

  add_custom_command(
    OUTPUT ${object} ${header}
    COMMAND rondo::compiler ${words} ${ARG_OPTIONS}
    DEPENDS ${inputs}
    COMMENT "Compiling cell ${ARG_PREFIX}"
    VERBATIM)
  set_source_files_properties(${object} TARGET_DIRECTORY ${target} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  set_source_files_properties(${header} TARGET_DIRECTORY ${target} PROPERTIES GENERATED TRUE)
  target_sources(${target} PRIVATE ${object} ${header})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
