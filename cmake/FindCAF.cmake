# CAF 0.17.6 comes without a CMake package. Defines CAF::core, and CAF::io for actors of several processes.
#
# Under ThreadSanitizer the one of Debian would hide races behind false reports, so an instrumented
# static build is taken from the cache that cmake/tsan_caf fills.
if(PERDURE_SANITIZER STREQUAL "thread")
  execute_process(
    COMMAND "${CMAKE_CURRENT_LIST_DIR}/tsan_caf" --path
    OUTPUT_VARIABLE CAF_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT EXISTS "${CAF_ROOT}/lib")
    message(FATAL_ERROR "There is no instrumented CAF yet in ${CAF_ROOT}: run cmake/tsan_caf "
                        "(./perdure-dev test --tsan does)")
  endif()
  find_path(CAF_INCLUDE_DIR caf/all.hpp PATHS "${CAF_ROOT}/include" NO_DEFAULT_PATH)
  find_library(CAF_CORE_LIBRARY NAMES caf_core_static PATHS "${CAF_ROOT}/lib" NO_DEFAULT_PATH)
  find_library(CAF_IO_LIBRARY NAMES caf_io_static PATHS "${CAF_ROOT}/lib" NO_DEFAULT_PATH)
else()
  find_path(CAF_INCLUDE_DIR caf/all.hpp)
  find_library(CAF_CORE_LIBRARY caf_core)
  find_library(CAF_IO_LIBRARY caf_io)
endif()

if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" version REGEX "#define CAF_VERSION [0-9]+")
  string(REGEX MATCH "[0-9]+$" version "${version}")
  math(EXPR major "${version} / 10000")
  math(EXPR minor "(${version} / 100) % 100")
  math(EXPR patch "${version} % 100")
  set(CAF_VERSION "${major}.${minor}.${patch}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  CAF REQUIRED_VARS CAF_CORE_LIBRARY CAF_IO_LIBRARY CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION)
mark_as_advanced(CAF_CORE_LIBRARY CAF_IO_LIBRARY CAF_INCLUDE_DIR)

if(CAF_FOUND AND NOT TARGET CAF::core)
  add_library(CAF::core UNKNOWN IMPORTED)
  set_target_properties(
    CAF::core PROPERTIES IMPORTED_LOCATION "${CAF_CORE_LIBRARY}"
                         INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
  target_link_libraries(CAF::core INTERFACE Threads::Threads)
  add_library(CAF::io UNKNOWN IMPORTED)
  set_target_properties(
    CAF::io PROPERTIES IMPORTED_LOCATION "${CAF_IO_LIBRARY}"
                       INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
  target_link_libraries(CAF::io INTERFACE CAF::core)
endif()
