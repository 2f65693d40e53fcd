#include "tests/sim/sim_disk.hpp"

#include <algorithm>
#include <array>

namespace perdure::sim {

using runtime::errc;
using runtime::expected;
using runtime::fail;
using transport::file;
using transport::file_system;
using transport::mapped_page;
using transport::memory_disk;
using transport::open_mode;

namespace {

constexpr auto boot_id = "/proc/sys/kernel/random/boot_id";

std::unexpected<runtime::error> process_is_over() {
  return fail(errc::io_failed, "the process is no more");
}

}  // namespace

/// What all that one life has open of a disk shares.
class mount_point {
 public:
  mount_point(sim_disk& of, world& in, life_ptr whose)
      : disk_(of), world_(in), whose_(std::move(whose)) {}

  sim_disk& disk() const { return disk_; }
  world& in() const { return world_; }
  const life_ptr& whose() const { return whose_; }
  bool alive() const { return whose_->alive(); }
  /// A call begins that only looks.
  bool looks() const {
    if (alive() && disk_.meanwhile_) disk_.meanwhile_();
    return alive();
  }
  /// One that changes something: the life may end here.
  bool changes() const { return looks() && world_.still_alive(whose_); }
  bool changes_name() const {
    const auto chance = disk_.manners().end_at_name;
    if (alive() && chance > 0 && world_.faults.happens(chance)) world_.end(whose_);
    return changes();
  }

 private:
  sim_disk& disk_;
  world& world_;
  const life_ptr whose_;
};

class mounted_file final : public file {
 public:
  mounted_file(const mount_point& at, std::unique_ptr<file> real)
      : file(real->path()), at_(at), real_(std::move(real)) {}

  expected<std::size_t> write_some(std::uint64_t position, std::string_view bytes) override {
    const bool begun = at_.looks();
    auto& chance = at_.in().faults;
    const auto part = [&] { return real_->write_some(position, bytes.substr(0, part_of(bytes))); };
    if (!at_.in().still_alive(at_.whose())) {
      if (begun) [[maybe_unused]]
        auto unheard = part();  // it was under way
      return process_is_over();
    }
    auto& disk = at_.disk();
    const auto size = real_->size();
    if (disk.how_.copies_on_write || position + bytes.size() > size.value_or(0)) {
      if (auto done = disk.allow(sim_disk::call::take_space, path()); !done)
        return std::unexpected(done.error());
    }
    if (auto done = disk.allow(sim_disk::call::write, path()); !done) {
      [[maybe_unused]] auto unheard = part();
      return std::unexpected(done.error());
    }
    if (disk.how_.short_write > 0 && chance.happens(disk.how_.short_write))
      bytes = bytes.substr(0, 1 + chance.below(bytes.size()));
    return real_->write_some(position, bytes);
  }
  expected<std::size_t> read_some(std::uint64_t position, std::span<char> into) override {
    if (!at_.looks()) return process_is_over();
    auto& disk = at_.disk();
    if (auto done = disk.allow(sim_disk::call::read, path()); !done)
      return std::unexpected(done.error());
    auto& chance = at_.in().faults;
    if (disk.how_.short_read > 0 && chance.happens(disk.how_.short_read))
      into = into.first(1 + chance.below(into.size()));
    return real_->read_some(position, into);
  }
  expected<void> sync() override {
    if (!at_.changes()) return process_is_over();
    if (auto done = at_.disk().allow(sim_disk::call::sync, path()); !done) return done;
    return real_->sync();
  }
  expected<void> allocate(std::uint64_t bytes) override {
    if (!at_.changes()) return process_is_over();
    if (auto done = at_.disk().allow(sim_disk::call::take_space, path()); !done) return done;
    return real_->allocate(bytes);
  }
  expected<std::uint64_t> size() override {
    if (!at_.alive()) return process_is_over();
    return real_->size();
  }

 private:
  std::size_t part_of(std::string_view bytes) const {
    return at_.in().faults.below(bytes.size() + 1);
  }

  const mount_point at_;
  const std::unique_ptr<file> real_;
};

/// Stores reach the page without a call, so what a life stores when it is over goes elsewhere.
class mounted_page final : public mapped_page {
 public:
  mounted_page(mount_point at, std::string path, std::unique_ptr<mapped_page> real)
      : at_(std::move(at)), path_(std::move(path)), real_(std::move(real)) {}

  /// No other thread goes on here: who stores may hold what that one waits for.
  std::span<char, page_bytes> bytes() override {
    const bool begun = at_.alive(), is_mark = path_.ends_with("/mark");
    const auto chance = is_mark ? at_.disk().how_.end_at_store : 0;
    if (begun && chance > 0 && at_.in().faults.happens(chance)) at_.in().end(at_.whose());
    if (at_.in().still_alive(at_.whose())) return real_->bytes();
    if (!begun && elsewhere_) return *elsewhere_;
    const auto into = std::make_shared<page>();
    std::ranges::copy(real_->bytes(), into->begin());
    // Crash notes come in an order in which each word counts by itself.
    if (begun && is_mark) at_.disk().under_way_ = part_of(into);
    (begun ? last_ : elsewhere_) = into;
    return *into;
  }
  expected<void> sync() override {
    if (!at_.changes()) return process_is_over();
    if (auto done = at_.disk().allow(sim_disk::call::sync, path_); !done) return done;
    return real_->sync();
  }

 private:
  using page = std::array<char, page_bytes>;

  /// Some words of what the process was storing when it ended.
  std::function<void()> part_of(std::shared_ptr<const page> stored) {
    return [into = real_, stored = std::move(stored), &chance = at_.in().faults] {
      constexpr std::size_t word = 8;
      const auto bytes = into->bytes();
      for (std::size_t at = 0; at < page_bytes; at += word) {
        const std::string_view fresh(stored->data() + at, word);
        if (fresh != std::string_view(bytes.data() + at, word) && chance.happens(.5))
          std::ranges::copy(fresh, bytes.data() + at);
      }
    };
  }

  const mount_point at_;
  const std::string path_;
  const std::shared_ptr<mapped_page> real_;
  std::shared_ptr<page> last_, elsewhere_;
};

class mounted_lock final : public transport::directory_lock {
 public:
  using real_lock = std::shared_ptr<std::unique_ptr<transport::directory_lock>>;
  explicit mounted_lock(real_lock real) : real_(std::move(real)) {}
  ~mounted_lock() override { real_->reset(); }

 private:
  const real_lock real_;
};

class mounted_disk final : public file_system {
 public:
  explicit mounted_disk(mount_point at) : at_(std::move(at)) {}

  expected<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override {
    auto done = mode == open_mode::create ? takes_space(path) : looks(path);
    if (!done) return std::unexpected(done.error());
    auto opened = content().open(path, mode);
    if (!opened) return opened;
    return std::make_unique<mounted_file>(at_, *std::move(opened));
  }
  expected<std::unique_ptr<mapped_page>> map_page(const std::string& path) override {
    if (auto done = looks(path); !done) return std::unexpected(done.error());
    auto mapped = content().map_page(path);
    if (!mapped) return mapped;
    return std::make_unique<mounted_page>(at_, path, *std::move(mapped));
  }
  expected<std::unique_ptr<transport::directory_lock>> lock(const std::string& path,
                                                            transport::lock_mode mode) override {
    if (auto done = takes_space(path); !done) return std::unexpected(done.error());
    at_.disk().release_locks();
    auto locked = content().lock(path, mode);
    if (!locked) return locked;
    const auto real =
        std::make_shared<std::unique_ptr<transport::directory_lock>>(*std::move(locked));
    at_.disk().locks_.push_back({at_.whose(), real});
    return std::make_unique<mounted_lock>(real);
  }
  expected<std::vector<std::string>> list(const std::string& directory) override {
    if (auto done = looks(directory); !done) return std::unexpected(done.error());
    return content().list(directory);
  }
  expected<void> make_directory(const std::string& path) override {
    if (auto done = takes_space(path); !done) return done;
    return content().make_directory(path);
  }
  expected<void> rename(const std::string& source, const std::string& target) override {
    if (!at_.changes_name()) return process_is_over();
    if (auto done = at_.disk().allow(sim_disk::call::write, source); !done) return done;
    return content().rename(source, target);
  }
  expected<void> remove(const std::string& path) override {
    if (auto done = changes(path); !done) return done;
    return content().remove(path);
  }
  expected<void> sync_directory(const std::string& path) override {
    if (!at_.changes_name()) return process_is_over();
    if (auto done = at_.disk().allow(sim_disk::call::sync, path); !done) return done;
    return content().sync_directory(path);
  }
  expected<std::uint64_t> free_bytes(const std::string& path) override {
    if (!at_.alive()) return process_is_over();
    constexpr std::uint64_t plenty = std::uint64_t{1} << 40;
    return at_.disk().allow(sim_disk::call::take_space, path) ? plenty : 0;
  }

 private:
  memory_disk& content() const { return *at_.disk().content_; }
  expected<void> looks(const std::string& path) const {
    if (!at_.looks()) return process_is_over();
    return at_.disk().allow(sim_disk::call::read, path);
  }
  expected<void> changes(const std::string& path) const {
    if (!at_.changes()) return process_is_over();
    return at_.disk().allow(sim_disk::call::write, path);
  }
  expected<void> takes_space(const std::string& path) const {
    if (auto done = changes(path); !done) return done;
    return at_.disk().allow(sim_disk::call::take_space, path);
  }

  const mount_point at_;
};

sim_disk::sim_disk(world& in) : world_(in), content_(std::make_unique<memory_disk>()) { boot(); }

void sim_disk::boot() { content_->set_contents(boot_id, fmt::format("boot {}", ++boots_)); }

void sim_disk::end_faults() {
  how_.slow = how_.power_loss = how_.failed_read = how_.failed_write = how_.failed_sync = 0;
  how_.full = how_.end_at_name = how_.end_at_store = how_.short_read = 0;
  reads_ = writes_ = syncs_ = space_ = {};
}

void sim_disk::settle() {
  meanwhile_ = {};
  if (const auto what = std::exchange(under_way_, {})) what();
}

std::unique_ptr<file_system> sim_disk::mount(life_ptr whose) {
  return std::make_unique<mounted_disk>(mount_point(*this, world_, std::move(whose)));
}

void sim_disk::lose_power() {
  world_.note("the power fails");
  auto& chance = world_.faults;
  const auto names =
      chance.happens(.5) ? memory_disk::names::as_seen : memory_disk::names::as_synced;
  static constexpr std::array survival{0., .1, .5, .5, .9, 1.};
  const double survives = chance.one_of(survival);
  content_ = content_->after_power_loss(names, [&chance, survives](const memory_disk::unsynced&) {
    return chance.happens(survives);
  });
  boot();
}

void sim_disk::release_locks() {
  std::erase_if(locks_, [](const held_lock& held) {
    if (!held.by->alive()) held.lock->reset();
    return *held.lock == nullptr;
  });
}

runtime::duration sim_disk::write_time() {
  const bool slow = how_.slow > 0 && world_.faults.happens(how_.slow);
  return world_.drawn(how_.write, slow ? runtime::seconds(3) : how_.write_jitter);
}

bool sim_disk::fails(trouble& now, double chance, runtime::duration most) {
  if (world_.now() < now.until) return true;
  if (chance <= 0 || !world_.faults.happens(chance)) return false;
  if (world_.faults.happens(.5)) now.until = world_.now() + world_.drawn({}, most);
  return true;
}

expected<void> sim_disk::allow(call what, const std::string& path) {
  constexpr auto most = runtime::seconds(5);
  const auto failed = [&](errc code, std::string_view why) {
    ++failures_;
    world_.note("the disk fails: {}: {}", path, why);
    return fail(code, fmt::format("{}: {}", path, why));
  };
  switch (what) {
    case call::read:
      if (fails(reads_, how_.failed_read, most)) return failed(errc::io_failed, "cannot be read");
      return {};
    case call::write:
      if (fails(writes_, how_.failed_write, most))
        return failed(errc::io_failed, "cannot be written");
      return {};
    case call::sync:
      if (!fails(syncs_, how_.failed_sync, most)) return {};
      content_->forget_unsynced(path);
      has_lied_ = true;
      return failed(errc::io_failed, "cannot be synced");
    case call::take_space:
      if (fails(space_, how_.full, most)) return failed(errc::no_space, "the disk is full");
      return {};
  }
  std::unreachable();
}

}  // namespace perdure::sim
