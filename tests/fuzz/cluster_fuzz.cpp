// Any bytes are decoded as the records of a cluster log, with a length and a checksum that fit, and
// applied to its fold from the first record and from within: it must take whatever it is given, for
// invariants are for our own bugs alone. A copy of a record that took effect changes nothing, two
// folds agree, and a view of the state gives the state.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/invariant.hpp"
#include "runtime/membership/cluster_state.hpp"
#include "tests/unit/runtime/signed_record.hpp"
#include "tests/unit/runtime/stored_log.hpp"

namespace perdure::runtime::membership {
namespace {

constexpr std::size_t records_at_most = 60;
constexpr std::size_t partitions_at_most = 2'000;  // more are legal, and slow

class cluster {
 public:
  explicit cluster(reading_from start) : start_(start), folded_(start) {}

  void take(std::string record) {
    if (record.size() < envelope_bytes || folded_.placements().size() > partitions_at_most) return;
    sign_record(record);
    const auto decoded = decoder_.decode(next(), payload(record));
    if (!decoded) return;
    const auto again = encode(decoded->kind(), *decoded->header);
    INVARIANT(decoder_.decode(next(), payload(again)).has_value(), "encoded again it is no record");
    if (apply(folded_, next(), record)) effective_.push_back(record);
    log_.push_back(record);
  }

  void fold_again() const {
    cluster_state again(start_);
    std::uint64_t at = 0;
    for (const auto& record : log_) apply(again, offset(++at), record);
    INVARIANT(again.canonical() == folded_.canonical(), "two folds differ");
  }

  /// Each record that took effect lands once more.
  void copy_all() {
    const auto before = without_offsets();
    for (const auto& record : effective_)
      INVARIANT(!apply(folded_, next(), record), "a copy took effect");
    INVARIANT(without_offsets() == before, "a copy changed something");
  }

  void load_a_view() {
    if (!folded_.loaded() || folded_.members().empty() || !folded_.applied()) return;
    const auto view = encode(record_kind::view, folded_.view(folded_.members().rbegin()->first));
    cluster_state other(reading_from::within);
    apply(other, folded_.applied(), log_.back());
    if (other.loaded()) return;
    apply(other, next(), view);
    apply(folded_, next(), view);
    INVARIANT(other.canonical() == folded_.canonical(), "a view gives another state");
  }

 private:
  offset next() const { return offset(folded_.applied().value + 1); }

  std::string without_offsets() const {
    const auto text = folded_.canonical();
    return text.substr(text.find('\n'));
  }

  /// True: it took effect.
  static bool apply(cluster_state& to, offset at, const std::string& record) {
    cluster_decoder decoder;
    cluster_actions did;
    to.apply(*decoder.decode(at, payload(record)), did);
    INVARIANT(!did.empty(), "nothing is said of a record");
    for (const auto& action : did) INVARIANT(!to_text(action).empty(), "an action without words");
    return !std::holds_alternative<ignored>(did.front()) &&
           !std::holds_alternative<view_refused>(did.front());
  }

  const reading_from start_;
  cluster_state folded_;
  cluster_decoder decoder_;
  std::vector<std::string> log_;
  std::vector<std::string> effective_;
};

}  // namespace
}  // namespace perdure::runtime::membership

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perdure::runtime;
  using membership::reading_from;
  for (const auto start : {reading_from::first_record, reading_from::within}) {
    membership::cluster fuzzed(start);
    auto records = stored_records({reinterpret_cast<const char*>(data), size});
    records.resize(std::min(records.size(), membership::records_at_most));
    for (auto& [number, bytes] : records) fuzzed.take(std::move(bytes));
    fuzzed.fold_again();
    fuzzed.load_a_view();
    fuzzed.copy_all();
  }
  return 0;
}
