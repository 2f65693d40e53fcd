#include "transport/log_inspect.hpp"

#include <memory>
#include <utility>

#include "transport/log_directory.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::expected;

class inspector final : public scan_visitor {
 public:
  inspector(const dump_filter& filter, const std::function<void(const dumped_record&)>& show)
      : filter_(filter), show_(show) {}

  void on_log(runtime::incarnation incarnation) override { findings.incarnation = incarnation; }

  void on_segment(const std::shared_ptr<const segment_file>& segment) override {
    ++findings.segments;
    segment_ = segment;
  }

  void on_batch(const batch_view& batch, const batch_place& place) override {
    if (findings.batches++ == 0) findings.first = runtime::offset(batch.first_sequence());
    findings.last = runtime::offset(batch.last_sequence());
    findings.records += batch.count();
    findings.batch_bytes += batch.bytes().size();
    if (!show_ || findings.last < filter_.from) return;
    batch.for_each([&](const batch_view::record& record) {
      if (record.at < filter_.from) return;
      if (filter_.partition && *filter_.partition != record.partition) return;
      auto within = static_cast<std::uint64_t>(record.bytes.data() - batch.bytes().data());
      show_({.at = record.at,
             .partition = record.partition,
             .bytes = record.bytes,
             .path = segment_->path,
             .position = place.position + within,
             .batch_position = place.position,
             .batch_first = runtime::offset(batch.first_sequence())});
    });
  }

  log_findings findings;

 private:
  const dump_filter& filter_;
  const std::function<void(const dumped_record&)>& show_;
  std::shared_ptr<const segment_file> segment_;
};

}  // namespace

expected<log_findings> verify_log(file_system& files, const std::string& directory) {
  return dump_log(files, directory, {}, nullptr);
}

expected<log_findings> dump_log(file_system& files, const std::string& directory,
                                const dump_filter& filter,
                                const std::function<void(const dumped_record&)>& show) {
  log_directory named(directory);
  // A copy of a directory may be without its lock file; then nobody runs on it either.
  auto lock = files.lock(named.lock(), lock_mode::shared);
  if (!lock && lock.error().code != errc::not_found) return std::unexpected(lock.error());
  inspector seen(filter, show);
  auto scanned = scan(files, named, seen);
  if (scanned) {
    seen.findings.cuts = std::move(scanned->cuts);
    seen.findings.notes = std::move(scanned->notes);
  } else if (scanned.error().code == errc::corrupt) {
    seen.findings.damage = std::move(scanned.error());
  } else {
    return std::unexpected(std::move(scanned.error()));
  }
  return std::move(seen.findings);
}

}  // namespace perdure::transport
