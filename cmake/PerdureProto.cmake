# perdure_generate_proto(target SOURCE_ROOT dir OUTPUT_ROOT dir IMPORTS dir... PROTOS path...)
# compiles PROTOS (paths relative to SOURCE_ROOT) into OUTPUT_ROOT and adds the result to `target`, so that
# proto/perdure/record/v1/record.proto is included as "perdure/record/v1/record.pb.h".
function(perdure_generate_proto target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE_ROOT;OUTPUT_ROOT" "PROTOS;IMPORTS")
  set(import_options "-I${arg_SOURCE_ROOT}")
  foreach(import IN LISTS arg_IMPORTS)
    list(APPEND import_options "-I${import}")
  endforeach()
  file(MAKE_DIRECTORY "${arg_OUTPUT_ROOT}")
  foreach(proto IN LISTS arg_PROTOS)
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    set(generated "${arg_OUTPUT_ROOT}/${stem}.pb.cc" "${arg_OUTPUT_ROOT}/${stem}.pb.h")
    add_custom_command(
      OUTPUT ${generated}
      COMMAND protobuf::protoc ${import_options} "--cpp_out=${arg_OUTPUT_ROOT}"
              --dependency_out "${arg_OUTPUT_ROOT}/${stem}.pb.d" "${arg_SOURCE_ROOT}/${proto}"
      COMMAND "${CMAKE_COMMAND}" "-DDEPFILE=${arg_OUTPUT_ROOT}/${stem}.pb.d"
              -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/escape_depfile.cmake"
      DEPENDS "${arg_SOURCE_ROOT}/${proto}"
      DEPFILE "${arg_OUTPUT_ROOT}/${stem}.pb.d"
      COMMENT "protoc ${proto}"
      VERBATIM)
    target_sources(${target} PRIVATE ${generated})
  endforeach()
endfunction()
