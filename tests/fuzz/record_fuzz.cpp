// Any bytes are decoded as the records of a partition's log: as they are, and with a length and a
// checksum that fit, so that what lies behind the checksum is met, too. What decodes is applied to
// a state, which must take whatever it is given: invariants are for our own bugs alone. A copy of a
// record that took effect changes nothing (DESIGN 2.1), and two folds agree.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/invariant.hpp"
#include "runtime/state.hpp"
#include "tests/unit/runtime/signed_record.hpp"
#include "tests/unit/runtime/stored_log.hpp"
#include "tests/unit/runtime/took_effect.hpp"

namespace perdure::runtime {
namespace {

constexpr std::size_t records_at_most = 200;

void encode_again(const decoded_record& record) {
  std::vector<std::string_view> payloads;
  for (std::uint32_t i = 1; i <= record.view.payload_count(); ++i)
    payloads.push_back(record.view.body(i).view());
  std::string bytes;
  encode_record(bytes, record.view.front(), *record.header, payloads);
  record_decoder decoder;
  const auto again = decoder.decode(record.at, payload(bytes));
  INVARIANT(again.has_value(), "encoded again: {}", again.error().message);
  INVARIANT(again->kind() == record.kind() && again->time() == record.time() &&
                again->view.front().slot == record.view.front().slot &&
                again->header->SerializeAsString() == record.header->SerializeAsString() &&
                again->view.payload_count() == record.view.payload_count(),
            "the {} at {} has two meanings", name(record.kind()), record.at);
}

class partition {
 public:
  void take(offset at, const std::string& bytes) {
    record_decoder raw;
    if (const auto as_it_is = raw.decode(at, payload(bytes)); !as_it_is)
      INVARIANT(!as_it_is.error().message.empty(), "an error without words");
    if (bytes.size() < envelope_bytes) return;
    auto record = bytes;
    sign_record(record);
    const auto decoded = decoder_.decode(at, payload(record));
    if (!decoded) return;
    encode_again(*decoded);
    apply(*decoded, record);
  }

  void fold_again() const {
    state again{partition_index(0)};
    record_decoder decoder;
    for (const auto& [at, bytes] : log_) {
      actions did;
      again.apply(*decoder.decode(at, payload(bytes)), did);
    }
    INVARIANT(again.canonical() == folded_.canonical(), "two folds differ");
  }

  /// Each record that took effect lands once more.
  void copy_all() {
    const auto before = folded_.canonical();
    for (const auto& bytes : effective_) {
      actions did;
      const auto at = offset(folded_.applied().value + 1);
      folded_.apply(*decoder_.decode(at, payload(bytes)), did);
      INVARIANT(!took_effect(did), "a copy took effect: {}", to_text(did.front()));
    }
    INVARIANT(folded_.canonical() == before, "a copy changed something");
  }

  offset end() const { return folded_.applied(); }

 private:
  void apply(const decoded_record& record, const std::string& bytes) {
    actions did;
    folded_.apply(record, did);
    for (const auto& action : did) INVARIANT(!to_text(action).empty(), "an action without words");
    log_.emplace_back(record.at, bytes);
    // A void turn is judged again at each place, though a result that it encloses may count.
    const bool is_void = std::ranges::any_of(
        did, [](const action& what) { return std::get_if<turn_void>(&what) != nullptr; });
    if (took_effect(did) && !is_void) effective_.push_back(bytes);
  }

  state folded_{partition_index(0)};
  record_decoder decoder_;
  std::vector<std::pair<offset, std::string>> log_;
  std::vector<std::string> effective_;
};

}  // namespace
}  // namespace perdure::runtime

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perdure::runtime;
  partition fuzzed;
  auto records = stored_records({reinterpret_cast<const char*>(data), size});
  if (records.size() > records_at_most) records.resize(records_at_most);
  for (const auto& [number, bytes] : records) {
    const auto last = fuzzed.end().value;
    const bool legal = number > last && number < UINT64_MAX - 2 * records_at_most;
    fuzzed.take(offset(legal ? number : last + 1), bytes);
  }
  fuzzed.fold_again();
  fuzzed.copy_all();
  return 0;
}
