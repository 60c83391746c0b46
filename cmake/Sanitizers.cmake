# RONDO_SANITIZE=address (with undefined behaviour, leaks, and what libFuzzer wants) or thread: everything with Clang's
# sanitizers. `./x test --asan`, `./x test --tsan` and `./x fuzz` build with it.
set(RONDO_SANITIZE "" CACHE STRING "address or thread: build with these sanitizers of Clang")
if(NOT RONDO_SANITIZE)
  return()
endif()
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  message(FATAL_ERROR "RONDO_SANITIZE wants Clang, not ${CMAKE_CXX_COMPILER_ID}")
endif()

# Kernels are called through pointers, and their code has nothing in front that would say a function's type.
set(sanitizers_address -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=function)
set(runtime_address asan)
set(sanitizers_thread -fsanitize=thread)
set(runtime_thread tsan)
if(NOT DEFINED sanitizers_${RONDO_SANITIZE})
  message(FATAL_ERROR "RONDO_SANITIZE is address or thread, not ${RONDO_SANITIZE}")
endif()

# The runtime is a shared library, so that programs which others build can have it too. Of deprecated functions
# those are told that GCC 12's library calls itself.
add_compile_options(${sanitizers_${RONDO_SANITIZE}} -fno-sanitize-recover=all -fno-omit-frame-pointer
                    -Wno-unknown-warning-option -Wno-deprecated-declarations)
add_link_options(${sanitizers_${RONDO_SANITIZE}} -shared-libsan)
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libclang_rt.${runtime_${RONDO_SANITIZE}}-x86_64.so
                OUTPUT_VARIABLE RONDO_SANITIZER_RUNTIME OUTPUT_STRIP_TRAILING_WHITESPACE)
cmake_path(GET RONDO_SANITIZER_RUNTIME PARENT_PATH runtime_folder)
set(CMAKE_BUILD_RPATH ${runtime_folder})
set(CMAKE_INSTALL_RPATH ${runtime_folder})
