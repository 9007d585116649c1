# What every target of the project shares: the language level, the warnings, the sanitizers.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

if(NOT EMSCRIPTEN)
  find_program(PARLOR_CCACHE ccache)
  if(PARLOR_CCACHE)
    # Precompiled headers (of the tests) need some leniency of it.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${PARLOR_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${PARLOR_CCACHE})
  endif()
endif()

# The same strict warnings for native and wasm, for g++ and clang. They are errors here, and not below somebody else's project,
# whose compiler may know more of them.
add_library(parlor_options INTERFACE)
target_compile_options(parlor_options INTERFACE
  -Wall -Wextra -Wpedantic $<$<BOOL:${PROJECT_IS_TOP_LEVEL}>:-Werror> -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wunused -Wnull-dereference
  -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside the standard library's own inlined code once it optimizes; clang's build keeps them.
  target_compile_options(parlor_options INTERFACE -Wno-null-dereference -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(EMSCRIPTEN)
  # The browser build neither throws nor needs type information.
  add_compile_options(-fno-exceptions -fno-rtti)
endif()

if(PARLOR_SANITIZE)
  add_compile_options(-fsanitize=${PARLOR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PARLOR_SANITIZE})
  if(PARLOR_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio has fences, which g++'s ThreadSanitizer does not follow; what they order is ordered by mutexes too.
    add_compile_options(-Wno-tsan)
  endif()
  if(PARLOR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(PARLOR_FUZZ)
  # Coverage for every library, so that the fuzzer sees into them; the runtime only in the targets.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_package(Threads REQUIRED)
