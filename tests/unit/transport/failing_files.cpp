#include "tests/unit/transport/failing_files.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::transport {

using runtime::errc;
using runtime::expected;

namespace {

class failing_file final : public file {
 public:
  failing_file(failing_files& all, std::unique_ptr<file> real)
      : file(real->path()), all_(all), real_(std::move(real)) {}

  expected<std::size_t> write_some(std::uint64_t position, std::string_view bytes) override {
    if (all_.write_limit() > 0) bytes = bytes.substr(0, all_.write_limit());
    if (auto done = all_.operation("write " + path()); !done) {
      // What a full disk does: part of it is there.
      all_.change();
      [[maybe_unused]] auto part = real_->write_some(position, bytes.substr(0, bytes.size() / 2));
      return std::unexpected(done.error());
    }
    all_.change();
    return real_->write_some(position, bytes);
  }
  expected<std::size_t> read_some(std::uint64_t position, std::span<char> into) override {
    if (auto done = all_.look("read " + path()); !done) return std::unexpected(done.error());
    return real_->read_some(position, into);
  }
  expected<void> sync() override {
    if (auto done = all_.sync_of(path()); !done) return done;
    return real_->sync();
  }
  expected<void> allocate(std::uint64_t bytes) override {
    if (auto done = all_.operation("allocate " + path()); !done) return done;
    all_.change();
    return real_->allocate(bytes);
  }
  expected<std::uint64_t> size() override {
    if (auto done = all_.look("stat " + path()); !done) return std::unexpected(done.error());
    return real_->size();
  }

 private:
  failing_files& all_;
  std::unique_ptr<file> real_;
};

class failing_page final : public mapped_page {
 public:
  failing_page(failing_files& all, std::string path, std::unique_ptr<mapped_page> real)
      : all_(all), path_(std::move(path)), real_(std::move(real)) {}
  std::span<char, page_bytes> bytes() override { return real_->bytes(); }
  expected<void> sync() override {
    if (auto done = all_.sync_of(path_); !done) return done;
    return real_->sync();
  }

 private:
  failing_files& all_;
  std::string path_;
  std::unique_ptr<mapped_page> real_;
};

}  // namespace

void failing_files::fail_at(std::size_t nth, errc code, how_long duration) {
  fail_at_ = nth;
  code_ = code;
  duration_ = duration;
  operations_ = 0;
  changed_ = false;
  sync_failed_.clear();
  synced_again_.clear();
  failed_operation_.clear();
}

void failing_files::made_anew(const std::string& path) {
  std::scoped_lock lock(mutex_);
  sync_failed_.erase(path);
}

expected<void> failing_files::operation(const std::string& what) {
  std::scoped_lock lock(mutex_);
  if (before_) before_(what);
  return count(what);
}

expected<void> failing_files::look(const std::string& what) {
  std::scoped_lock lock(mutex_);
  if (before_look_) before_look_(what);
  return code_ == errc::no_space ? expected<void>() : count(what);
}

void failing_files::change() {
  std::scoped_lock lock(mutex_);
  changed_ = true;
}

expected<void> failing_files::count(const std::string& what) {
  ++operations_;
  if (fail_at_ == 0 || operations_ < fail_at_) return {};
  if (operations_ > fail_at_ && duration_ == how_long::once) return {};
  if (failed_operation_.empty()) failed_operation_ = what;
  last_failed_operation_ = what;
  return runtime::fail(code_, fmt::format("{}: as the test wants it", what));
}

expected<void> failing_files::sync_of(const std::string& path) {
  std::scoped_lock lock(mutex_);
  if (sync_failed_.contains(path)) synced_again_.insert(path);
  auto done = operation("sync " + path);
  if (!done) {
    sync_failed_.insert(path);
    if (hear_) hear_(path);
  }
  return done;
}

expected<std::unique_ptr<file>> failing_files::open(const std::string& path, open_mode mode) {
  if (mode == open_mode::create) {
    if (auto done = operation("create " + path); !done) return std::unexpected(done.error());
    change();
    made_anew(path);
  } else {
    if (auto done = look("open " + path); !done) return std::unexpected(done.error());
  }
  auto opened = real_.open(path, mode);
  if (!opened) return opened;
  return std::make_unique<failing_file>(*this, std::move(*opened));
}

expected<std::unique_ptr<mapped_page>> failing_files::map_page(const std::string& path) {
  if (auto done = look("map " + path); !done) return std::unexpected(done.error());
  change();  // a page is stored to without a call
  auto mapped = real_.map_page(path);
  if (!mapped) return mapped;
  return std::make_unique<failing_page>(*this, path, std::move(*mapped));
}

expected<std::unique_ptr<directory_lock>> failing_files::lock(const std::string& path,
                                                              lock_mode mode) {
  // An exclusive one writes the process' id, so a full disk refuses it.
  const bool writes = mode == lock_mode::exclusive;
  auto done = writes ? operation("lock " + path) : look("lock " + path);
  if (!done) return std::unexpected(done.error());
  return real_.lock(path, mode);
}

expected<std::vector<std::string>> failing_files::list(const std::string& directory) {
  if (auto done = look("list " + directory); !done) return std::unexpected(done.error());
  return real_.list(directory);
}

expected<void> failing_files::make_directory(const std::string& path) {
  if (auto done = operation("make " + path); !done) return done;
  return real_.make_directory(path);
}

expected<void> failing_files::rename(const std::string& source, const std::string& target) {
  if (auto done = operation("rename " + source); !done) return done;
  change();
  made_anew(target);
  return real_.rename(source, target);
}

expected<void> failing_files::remove(const std::string& path) {
  if (auto done = operation("remove " + path); !done) return done;
  change();
  return real_.remove(path);
}

expected<void> failing_files::sync_directory(const std::string& path) {
  if (auto done = sync_of(path); !done) return done;
  return real_.sync_directory(path);
}

expected<std::uint64_t> failing_files::free_bytes(const std::string& path) {
  if (auto done = look("look for free space of " + path); !done) {
    return std::unexpected(done.error());
  }
  return real_.free_bytes(path);
}

}  // namespace perdure::transport
