#include "core/env/poll.hpp"

#include "core/base/assert.hpp"
#include "core/env/controlled/descriptors.hpp"
#include "core/env/controlled/engine.hpp"

namespace rsp::env {

using control::g_engine;
using control::g_running;
using control::Op;
using control::Where;

namespace {

constexpr Where SOMEWHERE = {nullptr, 0};
constexpr uint32_t MAX_FILES = 256;  // in one run

struct File {
  bool ready[2];
  uint32_t references;
};

struct Descriptors {
  uint32_t file[control::MAX_DESCRIPTORS];  // 0: closed
  File files[MAX_FILES];
  uint32_t last_file;
};

constinit Descriptors g_descriptors{};
constinit char g_sleepers = 0;  // its address is what threads in a wait sleep on

void wake_sleepers() noexcept {
  if (g_running) g_engine.wake(&g_sleepers, true);
}

}  // namespace

namespace control {

void forget_descriptors() noexcept { g_descriptors = Descriptors{}; }

int open_descriptor() noexcept {
  int fd = 0;
  while (fd < MAX_DESCRIPTORS && g_descriptors.file[fd] != 0) ++fd;
  RSP_ASSERT(fd < MAX_DESCRIPTORS);
  RSP_ASSERT(g_descriptors.last_file + 1 < MAX_FILES);
  g_descriptors.file[fd] = ++g_descriptors.last_file;
  g_descriptors.files[g_descriptors.last_file] = File{{false, false}, 1};
  return fd;
}

void close_descriptor(int fd) noexcept {
  point(Op::QUEUE, &g_descriptors, SOMEWHERE);
  --g_descriptors.files[file_of(fd)].references;
  g_descriptors.file[fd] = 0;
}

uint32_t hold_file(int fd) noexcept {
  ++g_descriptors.files[file_of(fd)].references;
  return file_of(fd);
}

uint32_t file_of(int fd) noexcept { return fd >= 0 && fd < MAX_DESCRIPTORS ? g_descriptors.file[fd] : 0; }

bool is_file_alive(uint32_t file) noexcept { return g_descriptors.files[file].references != 0; }

bool is_file_ready(uint32_t file, Direction direction) noexcept {
  return g_descriptors.files[file].ready[static_cast<uint32_t>(direction)];
}

void set_ready(int fd, Direction direction, bool ready) noexcept {
  set_file_ready(file_of(fd), direction, ready);
}

void set_file_ready(uint32_t file, Direction direction, bool ready) noexcept {
  point(Op::WAKE, &g_descriptors, SOMEWHERE);
  RSP_ASSERT(file != 0);
  g_descriptors.files[file].ready[static_cast<uint32_t>(direction)] = ready;
  if (ready) wake_sleepers();
}

}  // namespace control

PollSet::Entry* PollSet::find(int fd, Direction direction) noexcept {
  const uint32_t file = control::file_of(fd);
  for (Entry& entry : entries_) {
    if (entry.file != 0 && entry.file == file && entry.fd == fd && entry.direction == direction)
      return &entry;
  }
  return nullptr;
}

Watched PollSet::enter(int fd, Direction direction, bool armed, uint64_t tag) noexcept {
  for (Entry& entry : entries_) {
    if (entry.file != 0 && control::is_file_alive(entry.file)) continue;
    entry = Entry{control::file_of(fd), fd, direction, armed, tag};
    return Watched::YES;
  }
  return Watched::NO_MEMORY;
}

Watched PollSet::watch(int fd, Direction direction, uint64_t tag) noexcept {
  control::point(Op::QUEUE, this, SOMEWHERE);
  if (control::file_of(fd) == 0) return Watched::CLOSED;
  wake_sleepers();  // they look again
  Entry* const entry = find(fd, direction);
  if (entry == nullptr) return enter(fd, direction, true, tag);
  entry->armed = true;
  entry->tag = tag;
  return Watched::YES;
}

Watched PollSet::probe(int fd, Direction direction) noexcept {
  control::point(Op::QUEUE, this, SOMEWHERE);
  if (control::file_of(fd) == 0) return Watched::CLOSED;
  return find(fd, direction) != nullptr ? Watched::KNOWN : enter(fd, direction, false, 0);
}

void PollSet::collect(Ready& out) noexcept {
  for (Entry& entry : entries_) {
    if (entry.file == 0 || !entry.armed || out.count == Ready::BATCH) continue;
    if (!control::is_file_alive(entry.file) || !control::is_file_ready(entry.file, entry.direction)) continue;
    entry.armed = false;
    out.tags[out.count++] = entry.tag;
  }
}

void PollSet::wait(uint64_t deadline_ns, Ready& out) noexcept {
  control::point(Op::WAIT, this, SOMEWHERE);
  out.count = 0;
  for (;;) {
    collect(out);
    if (out.count != 0 || woken_ || deadline_ns <= g_engine.now_ns()) break;
    RSP_ASSERT(g_running);  // outside a run nobody could wake the caller
    if (g_engine.spurious(Op::WAIT)) break;
    if (!g_engine.block(&g_sleepers, deadline_ns)) break;
  }
  woken_ = false;
}

void PollSet::wake() noexcept {
  control::point(Op::WAKE, this, SOMEWHERE);
  woken_ = true;
  wake_sleepers();
}

}  // namespace rsp::env
