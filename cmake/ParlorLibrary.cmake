# parlor_library(<folder> [PART <part>] SOURCES … [LINKS …] [PRIVATE_LINKS …])
#   One library for the folder it is called in, named parlor_<folder>. Its headers are reached as "<folder>/x.hpp"
#   through an include path of its own, so that including a header of a library that is not linked fails to build.
#   A folder that is several libraries names each of the others: parlor_<folder>_<part>, reached the same way.
# parlor_test(<folder> SOURCES … [LINKS …])
#   The unit tests that stand beside the code, one program per folder: bin/<folder>_tests.
# parlor_docs_test(<folder> <source>…)
#   More sources of that program: those that read pages of the repository.
# parlor_fuzz(<name> SOURCES … LINKS …)
#   One libFuzzer target: bin/fuzz_<name>.

function(_parlor_expose folder)
  set(root ${CMAKE_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${root})
  if(NOT EXISTS ${root}/${folder})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
  endif()
endfunction()

function(parlor_library folder)
  cmake_parse_arguments(A "" "PART" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  _parlor_expose(${folder})
  string(JOIN _ name parlor ${folder} ${A_PART})
  if(A_SOURCES)
    add_library(${name} STATIC ${A_SOURCES})
    target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include/${folder}>)
    target_link_libraries(${name} PUBLIC ${A_LINKS} PRIVATE $<BUILD_INTERFACE:parlor_options> ${A_PRIVATE_LINKS})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include/${folder}>)
    target_link_libraries(${name} INTERFACE ${A_LINKS})
  endif()
endfunction()

if(EMSCRIPTEN AND PROJECT_IS_TOP_LEVEL)
  # Debian ships GoogleTest for wasm only as sources.
  add_library(parlor_gtest STATIC EXCLUDE_FROM_ALL
    /usr/src/googletest/googletest/src/gtest-all.cc /usr/src/googletest/googletest/src/gtest_main.cc)
  target_include_directories(parlor_gtest SYSTEM PUBLIC /usr/src/googletest/googletest/include
    PRIVATE /usr/src/googletest/googletest)
  target_compile_definitions(parlor_gtest PUBLIC GTEST_HAS_PTHREAD=0 GTEST_HAS_RTTI=0)
elseif(PROJECT_IS_TOP_LEVEL)
  find_package(GTest REQUIRED)
  add_library(parlor_gtest INTERFACE)
  target_link_libraries(parlor_gtest INTERFACE GTest::gtest GTest::gtest_main Threads::Threads)
endif()

# Assertions are most of what is compiled and the least of what is run: what they test keeps its optimization.
set(PARLOR_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)
if(PARLOR_SANITIZE)
  set(PARLOR_TEST_OPTIONS -O0 -DPARLOR_SLOWED)  # tests over many seeds take some of them
  if(PARLOR_SANITIZE MATCHES "address")
    # What is tested is watched; the assertions themselves would take as long to compile again. Memory that they hand to it
    # and free too soon is still seen: all of the program's heap is the sanitizer's.
    list(APPEND PARLOR_TEST_OPTIONS -fno-sanitize=all)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overflows in the standard library's own code for literals, where it inlines less.
  list(APPEND PARLOR_TEST_OPTIONS -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()

if(PROJECT_IS_TOP_LEVEL)
  # What every test reads first, read once: without it that is more than a third of the time that tests take to compile.
  # Not for the libraries, which are to name all that they use.
  file(WRITE ${CMAKE_BINARY_DIR}/tests_read_first.cpp "")
  add_library(parlor_tests_read_first OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/tests_read_first.cpp)
  target_link_libraries(parlor_tests_read_first PRIVATE parlor_options parlor_gtest)
  target_compile_options(parlor_tests_read_first PRIVATE ${PARLOR_TEST_OPTIONS})
  target_precompile_headers(parlor_tests_read_first PRIVATE <gtest/gtest.h> <algorithm> <array> <chrono> <deque>
    <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <utility> <variant> <vector>)
endif()

function(parlor_test folder)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()  # inside somebody else's project: the libraries only
  endif()
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${folder}_tests ${A_SOURCES})
  target_link_libraries(${folder}_tests PRIVATE parlor_options parlor_gtest ${A_LINKS})
  target_compile_options(${folder}_tests PRIVATE ${PARLOR_TEST_OPTIONS})
  target_precompile_headers(${folder}_tests REUSE_FROM parlor_tests_read_first)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # Eight sources at a time: most of what a test's takes is to read what it includes. The names of one file are not
    # to be another's, therefore. So are libraries where the preset says it (CMAKE_UNITY_BUILD), as all but debug,
    # wasm-debug and tidy do; those three show that each source includes what it uses, which ./test does not.
    set_target_properties(${folder}_tests PROPERTIES UNITY_BUILD ON)
  endif()
  if(TARGET parlor_${folder})
    target_link_libraries(${folder}_tests PRIVATE parlor_${folder})
  endif()
  if(EMSCRIPTEN)
    # Node.js reads the module from disk; Emscripten 3.1.6 would try fetch() first where Node.js has one.
    target_link_options(${folder}_tests PRIVATE
      "SHELL:-s ENVIRONMENT=node" "SHELL:-s ALLOW_MEMORY_GROWTH=1" "SHELL:-s EXIT_RUNTIME=1" "SHELL:-s NODERAWFS=1"
      $<$<CONFIG:Release>:-O1>)  # as above: Binaryen's passes over the assertions would take longer than all tests
    add_test(NAME ${folder} COMMAND node --no-experimental-fetch ${CMAKE_BINARY_DIR}/bin/${folder}_tests.js
             --gtest_output=json:${CMAKE_BINARY_DIR}/results/${folder}.json)
  else()
    add_test(NAME ${folder} COMMAND ${folder}_tests --gtest_output=json:${CMAKE_BINARY_DIR}/results/${folder}.json)
  endif()
endfunction()

# Where there is a file system like any other.
function(parlor_docs_test folder)
  if(PROJECT_IS_TOP_LEVEL AND NOT EMSCRIPTEN)
    target_sources(${folder}_tests PRIVATE ${ARGN})
    target_compile_definitions(${folder}_tests PRIVATE PARLOR_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endif()
endfunction()

function(parlor_fuzz name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(fuzz_${name} ${A_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE parlor_options ${A_LINKS})
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endfunction()
