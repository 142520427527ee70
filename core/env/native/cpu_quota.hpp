// How much processor time the control groups of this OS process grant it, in processors.
//
// A container with `--cpus=2` on a machine of 64 processors may run on each of them, but for two seconds in a second
// altogether: 64 workers use that up in a moment, and then all of them stand still until the next period. Affinity
// does not show it; the files of the control groups do.
//
//   version 2   <mount>/<group>/cpu.max             "<quota|max> <period>"
//   version 1   <mount>/<group>/cpu.cfs_quota_us    "<quota>", -1: none, and cpu.cfs_period_us
//
// A group is limited by each group above it, so the whole way up to the mount counts, and the least wins. Where a
// container sees only its own part of the hierarchy, the path in /proc/self/cgroup is not to be found below the mount:
// then the mount itself is the group.
//
// Thread: any. Opens and reads small files; allocates nothing, throws nothing.
//
// Rules
// Q1 What cannot be read, or is not as expected, is no limit: a wrong guess must not cost a program its processors.
// Q2 A part of a processor counts as one: rounded up, so at least 1.
// Q3 Every buffer is fixed; a path or line that does not fit is no limit either (Q1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rsp::env {

inline constexpr uint32_t NO_CPU_QUOTA = UINT32_MAX;

/// The least quota on the way up, NO_CPU_QUOTA if there is none. Tests name a directory in place of the root of the
/// file system; its own name must not be longer than 1024 bytes.
[[nodiscard]] uint32_t cpu_quota(const char* root = "") noexcept;

/// What a cpu.max says.
[[nodiscard]] uint32_t parse_cpu_max(const char* text, size_t length) noexcept;

/// What a cpu.cfs_quota_us and a cpu.cfs_period_us say together.
[[nodiscard]] uint32_t parse_cfs_quota(const char* quota, size_t quota_length, const char* period,
                                       size_t period_length) noexcept;

}  // namespace rsp::env
