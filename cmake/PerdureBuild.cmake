# How everything is compiled: standard, warnings, sanitizers, linker, compiler cache.
# Why clang 19 and nothing else: docs/adr/0001-toolchain.md.

set(PERDURE_SANITIZER "" CACHE STRING "empty, address, thread or fuzz")
set_property(CACHE PERDURE_SANITIZER PROPERTY STRINGS "" address thread fuzz)
option(PERDURE_COVERAGE "Measure line coverage" OFF)
option(PERDURE_SIMULATION "Marked places and planted bugs (runtime/simulation.hpp); never for users" OFF)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Perdure is built with clang++ 19 (found ${CMAKE_CXX_COMPILER_ID} "
                      "${CMAKE_CXX_COMPILER_VERSION}): use a preset, as in `cmake --preset dev`")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Full debug information would double the size of what is linked; line tables keep stacks readable.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -gline-tables-only -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -gline-tables-only -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

# perdure_unoptimised(): what the current folder holds is compiled without optimisation, unless it is for
# release. For tests and the command line, whose templates take the optimiser, and the sanitizers behind it,
# two thirds of a whole build (docs/adr/0001-toolchain.md); never for what runs at every step.
function(perdure_unoptimised)
  if(PROJECT_IS_TOP_LEVEL)
    add_compile_options("$<$<CONFIG:RelWithDebInfo>:-O0>")
  endif()
endfunction()

# Warnings are errors in our code. Compiled from elsewhere (generated, third party): perdure_foreign_code().
add_library(perdure_warnings INTERFACE)
target_compile_options(perdure_warnings INTERFACE -Wall -Wextra -Werror)

function(perdure_foreign_code target)
  target_compile_options(${target} PRIVATE -w)
endfunction()

add_link_options(-fuse-ld=lld -Wl,--build-id=sha1 -Wl,--gc-sections)
add_compile_options(-ffunction-sections -fdata-sections -fcolor-diagnostics)

# Paths in command lines are relative where a cache would otherwise see another checkout as other code.
file(RELATIVE_PATH PERDURE_SANITIZER_IGNORE "${CMAKE_BINARY_DIR}" "${PROJECT_SOURCE_DIR}/cmake/sanitizer_ignore.txt")
set(ignorelist "-fsanitize-ignorelist=${PERDURE_SANITIZER_IGNORE}")
if(PERDURE_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all ${ignorelist})
  add_link_options(-fsanitize=address,undefined)
elseif(PERDURE_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(PERDURE_SANITIZER STREQUAL "fuzz")
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
                      ${ignorelist})
  add_link_options(-fsanitize=address,undefined)
elseif(NOT PERDURE_SANITIZER STREQUAL "")
  message(FATAL_ERROR "PERDURE_SANITIZER is '${PERDURE_SANITIZER}': use address, thread, fuzz or nothing")
endif()
if(PERDURE_SIMULATION)
  add_compile_definitions(PERDURE_SIMULATION)
endif()
if(PERDURE_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

# One compiler cache for all checkouts: absolute paths below the checkout are no part of its key.
find_program(PERDURE_CCACHE ccache)
if(PERDURE_CCACHE)
  foreach(language C CXX)
    set(CMAKE_${language}_COMPILER_LAUNCHER
        /usr/bin/env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
        CCACHE_SLOPPINESS=pch_defines,time_macros "${PERDURE_CCACHE}")
  endforeach()
endif()
set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
# CMake would also include the header by its absolute path, which the cache takes for another command.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)

# perdure_precompile(target header...): headers of libraries only, in angle brackets.
# A precompiled header holds absolute paths, so that of another checkout never has the same bytes. What it
# stands for is the same, and a file beside it says so to ccache: the headers and the packages they are from.
find_program(PERDURE_DPKG_QUERY dpkg-query)
if(PERDURE_DPKG_QUERY)
  execute_process(COMMAND "${PERDURE_DPKG_QUERY}" -W -f "\${Package} \${Version}\n" "*-dev" "clang-19"
                  OUTPUT_VARIABLE perdure_packages ERROR_QUIET)
  string(SHA256 PERDURE_PACKAGES_DIGEST "${perdure_packages}")
endif()
function(perdure_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  if(PERDURE_PACKAGES_DIGEST)
    file(GENERATE
         OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.pch.sum"
         CONTENT "${ARGN} ${PERDURE_PACKAGES_DIGEST} ${CAF_INCLUDE_DIR}\n")
  endif()
endfunction()

# Two links at a time: each holds a whole program in memory.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS perdure_link=2)
set(CMAKE_JOB_POOL_LINK perdure_link)
