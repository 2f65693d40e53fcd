# Debian 12's libraries as targets. The list of packages is in ./perdure-dev; a new library goes into both.
find_package(Threads REQUIRED)
find_package(CAF 0.17.6 EXACT REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET GLOBAL rdkafka)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET GLOBAL rocksdb)
find_path(PERDURE_XXHASH_INCLUDE_DIR xxhash.h REQUIRED)

pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET GLOBAL jemalloc)

# The allocator of node programs: a step's memory is made on one thread and freed on another, which glibc's pays dearly for
# (docs/performance.md). The sanitizers bring their own.
add_library(perdure_allocator INTERFACE)
if(NOT PERDURE_SANITIZER)
  target_link_libraries(perdure_allocator INTERFACE PkgConfig::jemalloc)
endif()

# xxHash is inlined where it is used (the one file that includes it defines XXH_INLINE_ALL): nothing to link.
add_library(perdure_xxhash INTERFACE)
target_include_directories(perdure_xxhash SYSTEM INTERFACE "${PERDURE_XXHASH_INCLUDE_DIR}")

# Asio and Beast compiled once instead of in every file that includes them.
add_library(perdure_asio STATIC "${CMAKE_CURRENT_LIST_DIR}/third_party/boost_asio.cpp")
target_compile_definitions(
  perdure_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                      BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(perdure_asio PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto
                                          Threads::Threads)
perdure_foreign_code(perdure_asio)
