// Control groups as files in a directory: what is in them is what a container's kernel would show, and anything else.
#include "core/env/native/cpu_quota.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/env/thread.hpp"

namespace rsp::env {
namespace {

uint32_t cpu_max(std::string_view text) { return parse_cpu_max(text.data(), text.size()); }
uint32_t cfs(std::string_view quota, std::string_view period) {
  return parse_cfs_quota(quota.data(), quota.size(), period.data(), period.size());
}

TEST(CpuQuota, is_rounded_up_to_whole_processors) {
  EXPECT_EQ(cpu_max("100000 100000\n"), 1u);
  EXPECT_EQ(cpu_max("100001 100000\n"), 2u);
  EXPECT_EQ(cpu_max("250000 100000"), 3u);
  EXPECT_EQ(cpu_max("1000 100000\n"), 1u);
  EXPECT_EQ(cpu_max("1 1000000\n"), 1u);
  EXPECT_EQ(cpu_max("200000"), 2u);
  EXPECT_EQ(cfs("150000\n", "100000\n"), 2u);
  EXPECT_EQ(cfs("1", "100000"), 1u);
}

TEST(CpuQuota, is_none_where_none_is_set_or_the_text_is_another) {
  for (const std::string_view text :
       {"max 100000\n", "max", "", "\n", " ", " 100000 100000", "-1 100000", "0 100000", "100000 0",
        "100000 max", "100000  100000", "100000 100000 1", "1e5 100000", "100000\t100000", "+5 5",
        "999999999999999999999999 1", "1 999999999999999999999999", "999999999999999999 1"}) {
    EXPECT_EQ(cpu_max(text), NO_CPU_QUOTA) << text;
  }
  EXPECT_EQ(cpu_max(std::string_view("1\0 5", 4)), NO_CPU_QUOTA);
  EXPECT_EQ(cpu_max(std::string(100'000, '9')), NO_CPU_QUOTA);
  for (const std::string_view quota : {"-1\n", "", "0", "max", "-100000", "1 1"}) {
    EXPECT_EQ(cfs(quota, "100000"), NO_CPU_QUOTA) << quota;
  }
  for (const std::string_view period : {"", "0", "-1", "x"}) {
    EXPECT_EQ(cfs("100000", period), NO_CPU_QUOTA) << period;
  }
}

// Any bytes: nothing is read past the end, and nothing but a number or NO_CPU_QUOTA comes back.
TEST(CpuQuota, of_any_bytes_is_some_answer) {
  uint64_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    state = state * 6364136223846793005u + 1442695040888963407u;
    for (uint64_t left = state >> 60; left > 0; --left) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += "0123456789 max-\n\0\xff"[(state >> 40) % 17];
    }
    text.shrink_to_fit();
    EXPECT_GE(cpu_max(text), 1u);
    EXPECT_GE(cfs(text, text), 1u);
  }
}

/** A file system's root as a container's tools write it. */
class ControlGroups : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "resprout-groups-" + std::to_string(getpid());
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary) << text;
  }
  void is_version_2(const std::string& group, const std::string& top = "/") {
    write("/proc/self/cgroup", "0::" + group + "\n");
    write("/proc/self/mountinfo",
          "22 1 0:20 / /proc rw,nosuid shared:2 - proc proc rw\n30 23 0:26 " + top +
              " /sys/fs/cgroup rw,nosuid shared:9 master:3 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  void is_version_1(const std::string& group, const std::string& top = "/") {
    write("/proc/self/cgroup", "5:memory:/elsewhere\n4:cpuset:/elsewhere\n3:cpuacct,cpu:" + group +
                                   "\n1:name=systemd:/x\n0::/y\n");
    write("/proc/self/mountinfo",
          "31 25 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
          "32 25 0:28 " +
              top + " /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n");
  }
  uint32_t quota() const { return cpu_quota(root_.c_str()); }

  std::string root_;
};

TEST_F(ControlGroups, of_version_2_limit_all_that_is_below_them) {
  is_version_2("/a/b/c");
  write("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
  write("/sys/fs/cgroup/a/cpu.max", "600000 100000\n");
  EXPECT_EQ(quota(), 6u);
  write("/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 2u);
  write("/sys/fs/cgroup/a/b/c/cpu.max", "300000 100000\n");
  EXPECT_EQ(quota(), 2u);
  write("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota(), 1u);
  write("/sys/fs/cgroup/a/other/cpu.max", "1000 100000\n");
  is_version_2("/a");
  std::filesystem::remove(root_ + "/sys/fs/cgroup/cpu.max");
  EXPECT_EQ(quota(), 6u);
}

TEST_F(ControlGroups, of_version_1_do_too) {
  is_version_1("/docker/1");
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
  write("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1\n");
  write("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
  write("/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us", "350000\n");
  EXPECT_EQ(quota(), NO_CPU_QUOTA);  // no period
  write("/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 4u);
}

// A container without a namespace of its own sees the host's path, and below its mount only its own group.
TEST_F(ControlGroups, are_the_mount_itself_where_it_shows_no_more) {
  is_version_2("/docker/1", "/docker/1");
  write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2u);
  is_version_2("/docker/1/inner", "/docker/1");
  write("/sys/fs/cgroup/inner/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), 1u);
  is_version_2("/docker/10", "/docker/1");  // another group whose name begins the same
  EXPECT_EQ(quota(), 2u);
  is_version_2("/../outside");
  EXPECT_EQ(quota(), 2u);
  is_version_1("/host/path", "/docker/1");
  std::filesystem::remove(root_ + "/sys/fs/cgroup/cpu.max");
  write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000");
  write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
  EXPECT_EQ(quota(), 3u);
}

TEST_F(ControlGroups, at_a_mount_with_blanks_are_found) {
  is_version_2("/a");
  write("/proc/self/mountinfo", "30 23 0:26 / /my\\040groups rw - cgroup2 none rw\n");
  write("/my groups/a/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2u);
}

TEST_F(ControlGroups, that_are_not_there_or_odd_are_no_limit) {
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
  for (const std::string odd :
       {"", "\n\n\n", "0", "0:", "0::", "0::\n", "0::relative\n", "::::::\n", ":::\n0::/a"}) {
    is_version_2("/");
    write("/proc/self/cgroup", odd);
    EXPECT_EQ(quota(), NO_CPU_QUOTA) << odd;
  }
  for (const std::string odd :
       {"", "\n", "-\n", "- cgroup2", "1 2 3 4 5 6", "1 2 3 / / - cgroup2", "1 2 3 / \\04 - cgroup2 x y\n",
        "1 2 3 \\000 \\000 rw - cgroup2 x y\n", "                    \n"}) {
    is_version_2("/a");
    write("/proc/self/mountinfo", odd);
    EXPECT_EQ(quota(), NO_CPU_QUOTA) << odd;
  }
  is_version_2("/a");
  write("/sys/fs/cgroup/a/cpu.max", std::string(1000, '1'));
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
  std::filesystem::remove_all(root_ + "/sys/fs/cgroup/a/cpu.max");
  std::filesystem::create_directories(root_ + "/sys/fs/cgroup/a/cpu.max");
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
}

TEST_F(ControlGroups, are_found_behind_lines_of_any_length) {
  is_version_2("/a");
  write("/sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  for (const size_t length : {4090u, 4095u, 4096u, 4097u, 8192u, 50'000u}) {
    write("/proc/self/cgroup", "9:memory:/" + std::string(length, 'x') + "\n0::/a\n");
    EXPECT_EQ(quota(), 2u) << length;
  }
  write("/proc/self/cgroup", "0::/" + std::string(5000, 'x') + "\n");
  EXPECT_EQ(quota(), NO_CPU_QUOTA);
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "/d";
  is_version_2(deep);
  write("/sys/fs/cgroup/d/cpu.max", "300000 100000\n");
  EXPECT_TRUE(quota() == 3u || quota() == NO_CPU_QUOTA);
}

TEST(CpuCount, is_at_least_one_and_within_the_quota) {
  EXPECT_GE(cpu_count(), 1u);
  EXPECT_LE(cpu_count(), cpu_quota());
}

}  // namespace
}  // namespace rsp::env
