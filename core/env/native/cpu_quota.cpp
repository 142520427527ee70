#include "core/env/native/cpu_quota.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace rsp::env {
namespace {

// Both files are lists of lines. A machine with many mounts has a long mountinfo, so it is read in pieces.
constexpr size_t LINE_BYTES = 4096;
constexpr size_t PATH_BYTES = 4096;
constexpr size_t VALUE_BYTES = 128;

// A piece of text that somebody else owns.
struct Text {
  const char* begin;
  size_t length;

  bool is(const char* other) const noexcept {
    return strlen(other) == length && memcmp(begin, other, length) == 0;
  }
};

// The words and lines of a text, one after another; past the end they are empty.
Text cut(Text* rest, char at) noexcept {
  const void* end = rest->length == 0 ? nullptr : memchr(rest->begin, at, rest->length);
  const size_t length =
      end == nullptr ? rest->length : static_cast<size_t>(static_cast<const char*>(end) - rest->begin);
  const Text word{rest->begin, length};
  const size_t step = end == nullptr ? length : length + 1;
  rest->begin += step;
  rest->length -= step;
  return word;
}

Text without_end_of_line(Text text) noexcept {
  while (text.length > 0 && (text.begin[text.length - 1] == '\n' || text.begin[text.length - 1] == ' '))
    --text.length;
  return text;
}

// Digits alone, below 2^63; false for anything else.
bool parse_number(Text text, uint64_t* out) noexcept {
  if (text.length == 0 || text.length > 18) return false;
  uint64_t number = 0;
  for (size_t i = 0; i < text.length; ++i) {
    const char digit = text.begin[i];
    if (digit < '0' || digit > '9') return false;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  *out = number;
  return true;
}

// Q2. The kernel refuses a quota of 0; read from elsewhere it means nothing (Q1).
uint32_t processors(uint64_t quota, uint64_t period) noexcept {
  if (quota == 0 || period == 0) return NO_CPU_QUOTA;
  const uint64_t rounded = quota / period + (quota % period != 0 ? 1 : 0);
  return rounded < NO_CPU_QUOTA ? static_cast<uint32_t>(rounded) : NO_CPU_QUOTA;
}

// A path that is put together in a fixed buffer; full is full for good (Q3).
class Path {
 public:
  Path& add(const char* text, size_t length) noexcept {
    if (!fits_ || length >= sizeof text_ - length_ || memchr(text, '\0', length) != nullptr) {
      fits_ = false;
      return *this;
    }
    memcpy(text_ + length_, text, length);
    length_ += length;
    text_[length_] = '\0';
    return *this;
  }
  Path& add(const char* text) noexcept { return add(text, strlen(text)); }

  // Mountinfo writes a blank as \040, and so on.
  Path& add_unescaped(Text text) noexcept {
    for (size_t i = 0; i < text.length; ++i) {
      char letter = text.begin[i];
      if (letter == '\\' && text.length - i > 3) {
        int code = 0;
        for (size_t digit = 1; digit <= 3; ++digit) code = code * 8 + (text.begin[i + digit] - '0');
        letter = static_cast<char>(code);
        i += 3;
      }
      add(&letter, 1);
    }
    return *this;
  }

  void shorten(size_t length) noexcept {
    length_ = length;
    text_[length_] = '\0';
  }
  // Takes the last name off; false at `floor`, where the mount ends.
  bool up(size_t floor) noexcept {
    if (length_ <= floor) return false;
    size_t end = length_;
    while (end > floor && text_[end - 1] != '/') --end;
    shorten(end > floor ? end - 1 : floor);
    return true;
  }

  bool fits() const noexcept { return fits_; }
  size_t length() const noexcept { return length_; }
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[PATH_BYTES] = {};
  size_t length_ = 0;
  bool fits_ = true;
};

int open_file(const Path& path) noexcept {
  return path.fits() ? open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
}

size_t read_some(int file, char* to, size_t bytes) noexcept {
  ssize_t count = 0;
  do {
    count = read(file, to, bytes);
  } while (count < 0 && errno == EINTR);
  return count > 0 ? static_cast<size_t>(count) : 0;
}

// A whole small file; a longer one is not what it was taken for, and empty.
Text read_value(Path* path, const char* name, char (&buffer)[VALUE_BYTES]) noexcept {
  const size_t directory = path->length();
  path->add("/").add(name);
  const int file = open_file(*path);
  if (path->fits()) path->shorten(directory);
  if (file < 0) return {buffer, 0};
  size_t length = 0;
  while (length < sizeof buffer) {
    const size_t count = read_some(file, buffer + length, sizeof buffer - length);
    if (count == 0) break;
    length += count;
  }
  close(file);
  return {buffer, length < sizeof buffer ? length : 0};
}

// Calls `visit(line)` for each line of a file until it returns true. A line that is too long is left out.
template <class Visit>
void for_each_line(const Path& path, Visit visit) noexcept {
  const int file = open_file(path);
  if (file < 0) return;
  char buffer[LINE_BYTES];
  size_t held = 0;
  bool too_long = false;
  bool done = false;
  while (!done) {
    const size_t count = read_some(file, buffer + held, sizeof buffer - held);
    held += count;
    Text rest{buffer, held};
    while (!done && rest.length > 0) {
      const bool whole = memchr(rest.begin, '\n', rest.length) != nullptr;
      if (!whole && count != 0) break;
      const Text line = cut(&rest, '\n');
      done = !too_long && visit(line);
      too_long = false;
    }
    if (count == 0) break;
    if (rest.length == sizeof buffer) {
      too_long = true;
      rest.length = 0;
    }
    memmove(buffer, rest.begin, rest.length);
    held = rest.length;
  }
  close(file);
}

bool has_item(Text list, const char* item) noexcept {
  while (list.length > 0) {
    if (cut(&list, ',').is(item)) return true;
  }
  return false;
}

// The group of this OS process. Version 2: "0::<path>"; version 1: "<n>:cpu,cpuacct:<path>".
bool find_group(const char* root, bool version_2, Path* out) noexcept {
  Path file;
  file.add(root).add("/proc/self/cgroup");
  bool found = false;
  for_each_line(file, [&](Text line) {
    const Text hierarchy = cut(&line, ':');
    const Text controllers = cut(&line, ':');
    const bool wanted =
        version_2 ? hierarchy.is("0") && controllers.length == 0 : has_item(controllers, "cpu");
    if (!wanted || line.length == 0 || line.begin[0] != '/') return false;
    if (line.length > 1) out->add(line.begin, line.length);
    found = out->fits();
    return true;
  });
  return found;
}

// Where that hierarchy is mounted, and which of its groups is the mount's root.
bool find_mount(const char* root, bool version_2, Path* mount, Path* top) noexcept {
  Path file;
  file.add(root).add("/proc/self/mountinfo");
  bool found = false;
  for_each_line(file, [&](Text line) {
    // 36 35 98:0 /root /mount options optional... - type source super-options
    for (int word = 0; word < 3; ++word) cut(&line, ' ');
    const Text of = cut(&line, ' ');
    const Text at = cut(&line, ' ');
    while (line.length > 0 && !cut(&line, ' ').is("-")) {
    }
    const Text type = cut(&line, ' ');
    cut(&line, ' ');
    if (!(version_2 ? type.is("cgroup2") : type.is("cgroup") && has_item(line, "cpu"))) return false;
    mount->add(root).add_unescaped(at);
    if (!of.is("/")) top->add_unescaped(of);
    found = mount->fits() && top->fits();
    return true;
  });
  return found;
}

uint32_t quota_of(Path* group, bool version_2) noexcept {
  char quota_bytes[VALUE_BYTES];
  char period_bytes[VALUE_BYTES];
  if (version_2) {
    const Text text = read_value(group, "cpu.max", quota_bytes);
    return parse_cpu_max(text.begin, text.length);
  }
  const Text quota = read_value(group, "cpu.cfs_quota_us", quota_bytes);
  const Text period = read_value(group, "cpu.cfs_period_us", period_bytes);
  return parse_cfs_quota(quota.begin, quota.length, period.begin, period.length);
}

uint32_t least_on_the_way_up(const char* root, bool version_2) noexcept {
  Path group;
  Path mount;
  Path top;
  if (!find_group(root, version_2, &group) || !find_mount(root, version_2, &mount, &top)) return NO_CPU_QUOTA;
  // Below the mount the group has the path that it has below the mount's root; if that is not above it, the mount is
  // all of the hierarchy that is to be seen.
  const size_t floor = mount.length();
  const bool is_below = group.length() >= top.length() &&
                        memcmp(group.c_str(), top.c_str(), top.length()) == 0 &&
                        (group.c_str()[top.length()] == '/' || group.c_str()[top.length()] == '\0');
  if (is_below) mount.add(group.c_str() + top.length());
  if (!mount.fits()) return NO_CPU_QUOTA;
  uint32_t least = NO_CPU_QUOTA;
  do {
    const uint32_t here = quota_of(&mount, version_2);
    if (here < least) least = here;
    if (!mount.fits()) break;
  } while (mount.up(floor));
  return least;
}

}  // namespace

uint32_t parse_cpu_max(const char* text, size_t length) noexcept {
  Text rest = without_end_of_line({text, length});
  uint64_t quota = 0;
  uint64_t period = 100'000;  // what the kernel takes when only the quota was written
  if (!parse_number(cut(&rest, ' '), &quota)) return NO_CPU_QUOTA;  // "max" too
  if (rest.length > 0 && !parse_number(rest, &period)) return NO_CPU_QUOTA;
  return processors(quota, period);
}

uint32_t parse_cfs_quota(const char* quota, size_t quota_length, const char* period,
                         size_t period_length) noexcept {
  uint64_t quota_us = 0;
  uint64_t period_us = 0;
  if (!parse_number(without_end_of_line({quota, quota_length}), &quota_us)) return NO_CPU_QUOTA;  // "-1" too
  if (!parse_number(without_end_of_line({period, period_length}), &period_us)) return NO_CPU_QUOTA;
  return processors(quota_us, period_us);
}

uint32_t cpu_quota(const char* root) noexcept {
  // Both at once is possible (a hybrid hierarchy): the controller is in one of them, and the other has no file.
  const uint32_t version_2 = least_on_the_way_up(root, true);
  const uint32_t version_1 = least_on_the_way_up(root, false);
  return version_2 < version_1 ? version_2 : version_1;
}

}  // namespace rsp::env
