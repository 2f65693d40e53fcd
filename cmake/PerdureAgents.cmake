# perdure_add_agents(target foo.proto team/bar.proto... IMPORT_DIRS dir...)
# makes the static library `target` of agents: the messages, and of each service a handler base and a client,
#
#   #include "team/bar.perdure.hpp"
#
# A .proto is named, in imports and in includes, from the deepest of IMPORT_DIRS that holds it, otherwise from
# the current source folder. Generated again when a .proto, one that it imports, or the plugin changes. To use
# messages of another such library, link it: target_link_libraries(bar PUBLIC foo). See docs/agents.md.
#
# For Perdure itself and for projects that take a checkout of it in by add_subdirectory: nothing here depends
# on variables of Perdure's own build.
include_guard(GLOBAL)

# Sets `result` to the deepest of the folders in ARGN that holds `path`, or to an empty string.
function(_perdure_root_of path result)
  set(deepest "")
  foreach(folder IN LISTS ARGN)
    cmake_path(IS_PREFIX folder "${path}" holds)
    string(LENGTH "${folder}" length)
    string(LENGTH "${deepest}" best)
    if(holds AND length GREATER best)
      set(deepest "${folder}")
    endif()
  endforeach()
  set(${result} "${deepest}" PARENT_SCOPE)
endfunction()

function(perdure_add_agents target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "IMPORT_DIRS")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "perdure_add_agents(${target}): name at least one .proto file")
  endif()
  if(NOT TARGET protobuf::protoc)
    find_package(Protobuf 3.21 REQUIRED)
  endif()
  foreach(needed perdure_runtime protoc-gen-perdure)
    if(NOT TARGET ${needed})
      message(FATAL_ERROR "perdure_add_agents(${target}): there is no target ${needed}: take a checkout of "
                          "Perdure in first, by add_subdirectory")
    endif()
  endforeach()
  cmake_path(SET options_folder NORMALIZE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../proto")

  set(roots "")
  foreach(folder IN LISTS arg_IMPORT_DIRS ITEMS "${CMAKE_CURRENT_SOURCE_DIR}")
    cmake_path(ABSOLUTE_PATH folder NORMALIZE)
    string(REGEX REPLACE "/$" "" folder "${folder}")
    list(APPEND roots "${folder}")
  endforeach()
  list(REMOVE_DUPLICATES roots)

  set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}_generated")
  file(MAKE_DIRECTORY "${output}")
  add_library(${target} STATIC)
  foreach(proto IN LISTS arg_UNPARSED_ARGUMENTS)
    cmake_path(ABSOLUTE_PATH proto NORMALIZE)
    _perdure_root_of("${proto}" root ${roots})
    if(NOT root)
      message(FATAL_ERROR "perdure_add_agents(${target}): ${proto} is in none of the folders ${roots}: "
                          "name its folder in IMPORT_DIRS")
    endif()
    # protoc takes the first -I that holds a file, so the root of this one goes first.
    list(TRANSFORM roots PREPEND "-I" OUTPUT_VARIABLE imports)
    cmake_path(RELATIVE_PATH proto BASE_DIRECTORY "${root}" OUTPUT_VARIABLE path)
    cmake_path(REMOVE_EXTENSION path LAST_ONLY OUTPUT_VARIABLE stem)
    set(generated "${output}/${stem}")
    add_custom_command(
      OUTPUT "${generated}.pb.cc" "${generated}.pb.h" "${generated}.perdure.cpp"
             "${generated}.perdure.hpp"
      COMMAND protobuf::protoc "--plugin=protoc-gen-perdure=$<TARGET_FILE:protoc-gen-perdure>" "-I${root}" ${imports}
              "-I${options_folder}" "--cpp_out=${output}" "--perdure_out=${output}"
              --dependency_out "${generated}.d" "${proto}"
      COMMAND "${CMAKE_COMMAND}" "-DDEPFILE=${generated}.d"
              -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/escape_depfile.cmake"
      DEPENDS "${proto}" protoc-gen-perdure
      DEPFILE "${generated}.d"
      COMMENT "protoc --perdure_out ${path}"
      VERBATIM)
    target_sources(${target} PRIVATE "${generated}.pb.cc" "${generated}.pb.h"
                                     "${generated}.perdure.cpp" "${generated}.perdure.hpp")
    set_source_files_properties("${generated}.pb.cc" PROPERTIES COMPILE_OPTIONS -w)
  endforeach()
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target} SYSTEM PUBLIC "${output}")
  target_link_libraries(${target} PUBLIC perdure_runtime)
endfunction()
