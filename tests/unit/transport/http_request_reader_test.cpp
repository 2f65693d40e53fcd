#include "transport/http_request_reader.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perdure::transport {
namespace {

using state = http_request_reader::state;
using testing::HasSubstr;

/// Gives `bytes` in pieces of `piece`, as a connection does: what was not taken is given again.
struct feed {
  explicit feed(std::string bytes, http_request_limits limits = {}, std::size_t piece = 1 << 20)
      : reader(limits) {
    std::string kept;
    for (std::size_t at = 0; at < bytes.size() && reader.current() == state::needs_more;) {
      kept += bytes.substr(at, piece);
      at += std::min(piece, bytes.size() - at);
      while (reader.current() == state::needs_more) {
        const std::size_t taken = reader.take(kept);
        kept.erase(0, taken);
        if (reader.current() == state::complete) requests.push_back(reader.finish());
        if (taken == 0 || kept.empty()) break;
      }
    }
    rest = kept;
  }

  unsigned status() const { return reader.current() == state::refused ? reader.why().status : 200; }

  http_request_reader reader;
  std::vector<http_request> requests;
  std::string rest;
};

TEST(http_request_reader, reads_a_request_with_a_body) {
  feed fed("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_EQ(fed.requests.size(), 1U);
  EXPECT_EQ(fed.requests[0].method, http_method::post);
  EXPECT_EQ(fed.requests[0].target, "/a?b=c");
  EXPECT_EQ(fed.requests[0].body, "hello");
  ASSERT_NE(fed.requests[0].header("hOST"), nullptr);
  EXPECT_EQ(*fed.requests[0].header("hOST"), "x");
  EXPECT_EQ(fed.requests[0].header("absent"), nullptr);
}

TEST(http_request_reader, pieces_of_any_size_give_the_same_requests) {
  const std::string bytes =
      "\r\nGET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4;name=\"v\"\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n"
      "PUT /3 HTTP/1.0\r\nContent-Length: 2\r\n\r\nok";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    feed fed(bytes, {}, piece);
    ASSERT_EQ(fed.requests.size(), 3U) << "pieces of " << piece;
    EXPECT_EQ(fed.requests[0].target, "/1");
    EXPECT_EQ(fed.requests[1].body, "abcdefg");
    EXPECT_EQ(fed.requests[1].header("Trailer"), nullptr) << "trailers are ignored";
    EXPECT_EQ(fed.requests[2].body, "ok");
    EXPECT_EQ(fed.rest, "");
  }
}

TEST(http_request_reader, an_empty_chunked_body_may_end_byte_by_byte) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    EXPECT_EQ(feed(bytes + bytes, {}, piece).requests.size(), 2U) << "pieces of " << piece;
  }
}

TEST(http_request_reader, says_whether_the_connection_may_go_on) {
  const auto keeps = [](std::string_view bytes) {
    http_request_reader reader({});
    reader.take(bytes);
    EXPECT_TRUE(reader.header_complete());
    return reader.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(http_request_reader, tells_when_the_client_waits_for_100_continue) {
  http_request_reader reader({});
  reader.take("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(reader.current(), state::needs_more);
  EXPECT_TRUE(reader.wants_continue());
}

struct malformed {
  const char* what;
  const char* bytes;
  unsigned status;
  const char* says;
};

class http_request_reader_refuses : public testing::TestWithParam<malformed> {};

TEST_P(http_request_reader_refuses, with_a_clear_error) {
  for (const std::size_t piece : {1U, 7U, 4096U}) {
    feed fed(GetParam().bytes, {}, piece);
    ASSERT_EQ(fed.reader.current(), state::refused) << "pieces of " << piece;
    EXPECT_TRUE(fed.requests.empty());
    EXPECT_EQ(fed.reader.why().status, GetParam().status);
    EXPECT_THAT(fed.reader.why().message, HasSubstr(GetParam().says));
  }
}

INSTANTIATE_TEST_SUITE_P(
    malformed, http_request_reader_refuses,
    testing::Values(
        malformed{"both_lengths",
                  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                  400, "not stated once"},
        malformed{"both_lengths_reversed",
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                  "Content-Length: 5\r\n\r\n0\r\n\r\n",
                  400, "not stated once"},
        malformed{"two_equal_lengths",
                  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                  400, "not stated once"},
        malformed{"two_lengths",
                  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                  400, "not stated once"},
        malformed{"length_list", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", 400,
                  "not stated once"},
        malformed{"signed_length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400,
                  "not stated once"},
        malformed{"huge_length",
                  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551617\r\n\r\na",
                  400, "not stated once"},
        malformed{"unknown_coding",
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
                  "chunked"},
        malformed{"disguised_coding",
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501,
                  "chunked"},
        malformed{"two_codings",
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n",
                  400, "not stated once"},
        malformed{"coding_in_http_10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                  "not stated once"},
        malformed{"space_before_colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "header field"},
        malformed{"lone_cr", "GET / HTTP/1.1\r\nHost: x\rY: z\r\n\r\n", 400, "header field"},
        malformed{"lone_lf", "GET / HTTP/1.1\r\nHost: x\nY: z\r\n\r\n", 400, "header field"},
        malformed{"empty_name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400, "header field"},
        malformed{"no_host", "GET / HTTP/1.1\r\n\r\n", 400, "Host"},
        malformed{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "Host"},
        malformed{"no_method", " / HTTP/1.1\r\n\r\n", 400, "request line"},
        malformed{"no_target", "GET  HTTP/1.1\r\n\r\n", 400, "request line"},
        malformed{"raw_utf8_control_target", "GET /\x01 HTTP/1.1\r\n\r\n", 400, "request line"},
        malformed{"http_2", "GET / HTTP/2.0\r\n\r\n", 505, "HTTP/1.1"},
        malformed{"tls_hello", "\x16\x03\x01\x02", 400, "request line"},
        malformed{"expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: cake\r\n\r\n", 417,
                  "100-continue"},
        malformed{"chunk_size",
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400,
                  "chunked body"},
        malformed{
            "chunk_end",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            400, "chunked body"}),
    [](const testing::TestParamInfo<malformed>& info) { return std::string(info.param.what); });

TEST(http_request_reader, a_nul_in_a_header_is_refused) {
  feed fed(std::string("GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n", 29));
  EXPECT_EQ(fed.status(), 400U);
}

TEST(http_request_reader, the_header_may_be_as_long_as_its_limit_and_no_longer) {
  const http_request_limits limits{.header_bytes = 300, .target_bytes = 100};
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
  const std::string fits = start + std::string(300 - start.size() - 4, 'a') + "\r\n\r\n";
  const std::string longer = start + std::string(301 - start.size() - 4, 'a') + "\r\n\r\n";
  for (const std::size_t piece : {1U, 13U, 4096U}) {
    EXPECT_EQ(feed(fits, limits, piece).requests.size(), 1U) << "pieces of " << piece;
    feed over(longer, limits, piece);
    EXPECT_EQ(over.status(), 431U) << "pieces of " << piece;
    EXPECT_THAT(over.reader.why().message, HasSubstr("300 bytes"));
  }
}

TEST(http_request_reader, many_small_fields_count_together) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 60; ++i) bytes += "A: 12345\r\n";
  EXPECT_EQ(feed(bytes + "\r\n", {.header_bytes = 400, .target_bytes = 100}, 10).status(), 431U);
  EXPECT_EQ(feed(bytes + "\r\n", {.header_fields = 60}).status(), 431U);
  EXPECT_EQ(feed(bytes + "\r\n", {.header_fields = 61}).requests.size(), 1U);
}

TEST(http_request_reader, the_target_has_a_limit) {
  const http_request_limits limits{.target_bytes = 10};
  EXPECT_EQ(feed("GET /234567890 HTTP/1.1\r\nHost: x\r\n\r\n", limits).requests.size(), 1U);
  EXPECT_EQ(feed("GET /2345678901 HTTP/1.1\r\nHost: x\r\n\r\n", limits).status(), 414U);
}

TEST(http_request_reader, the_body_has_a_limit_however_it_is_sent) {
  const http_request_limits limits{.body_bytes = 4};
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(feed(start + "Content-Length: 4\r\n\r\nabcd", limits).requests.size(), 1U);
  EXPECT_EQ(feed(start + "Content-Length: 5\r\n\r\n", limits).status(), 413U)
      << "before a byte of it came";
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(feed(chunked + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", limits).requests.size(), 1U);
  EXPECT_EQ(feed(chunked + "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", limits).status(), 413U);
  EXPECT_EQ(feed(chunked + "ffffffffffffffff\r\n", limits).status(), 413U);
}

TEST(http_request_reader, chunk_headers_and_trailers_have_a_limit) {
  const http_request_limits limits{.header_bytes = 256, .target_bytes = 100};
  const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(feed(chunked + "1;" + std::string(600, 'a'), limits, 50).status(), 431U);
  EXPECT_EQ(feed(chunked + "0\r\nA: " + std::string(600, 'a'), limits, 50).status(), 431U);
}

}  // namespace
}  // namespace perdure::transport
