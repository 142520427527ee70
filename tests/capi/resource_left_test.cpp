// Resources and memory of code that runs on when its process is dead: it has all it had, and its own thread gives it back.
#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "tests/capi/resource_book.hpp"

using namespace capi_test;

namespace {

class ResourceLeft : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

/// Code that runs on.
struct Zombie {
  Book book;
  std::atomic<bool> entered{false};
  std::atomic<bool> released{false};
  std::atomic<bool> has_all_still{false};
  std::thread::id thread;
  bool declares = false;

  static rsp_next run(rsp_self* self, rsp_msg*, void* state) {
    Zombie& zombie = *static_cast<Zombie*>(state);
    zombie.thread = std::this_thread::get_id();
    void* memory = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &memory, 5000), RSP_OK);
    std::memset(memory, 'x', 5000);
    add_three(zombie.book, self);
    if (zombie.declares) {
      EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    }
    zombie.entered = true;
    zombie.entered.notify_all();
    while (!zombie.released) std::this_thread::yield();
    EXPECT_EQ(rsp_checkpoint(self), zombie.declares ? RSP_EWRONGTHREAD : RSP_EXITING);
    EXPECT_EQ(rsp_region_free(self, memory, 5000), zombie.declares ? RSP_EWRONGTHREAD : RSP_EXITING);
    zombie.has_all_still = zombie.book.count() == 0 &&
                           std::string_view(static_cast<char*>(memory), 5000) == std::string(5000, 'x');
    return RSP_NEXT_CONTINUE;
  }

  void expect_the_end() {
    EXPECT_EQ(book.count(), 0u) << "its code has them still";
    released = true;
    book.wait_for(3);
    EXPECT_TRUE(has_all_still);
    EXPECT_EQ(book.released(), NEWEST_FIRST);
    EXPECT_EQ(book.thread(), thread);
  }
};

rsp_pid spawn_zombie(Zombie& zombie, uint64_t stall_ms = 0) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = &Zombie::run;
  options.stall_ms = stall_ms;
  rsp_pid pid = NO_PID;
  const rsp_handler nothing = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, &options, nothing, &zombie, nullptr), RSP_OK);
  return pid;
}

void wait_until_no_zombie_is_left() {
  wait_until([] { return stats().zombies == 0; });
}

// S-RES-6
TEST_F(ResourceLeft, of_code_that_was_killed_in_a_section_is_released_when_it_returns) {
  const Attached me;
  Zombie zombie;
  zombie.declares = true;
  const rsp_pid pid = spawn_zombie(zombie);
  zombie.entered.wait(false);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  zombie.expect_the_end();
  wait_until_no_zombie_is_left();
}

// S-RES-6
TEST_F(ResourceLeft, of_code_that_was_killed_as_it_computed_is_released_when_it_returns) {
  const Attached me;
  Zombie zombie;
  const rsp_pid pid = spawn_zombie(zombie);
  zombie.entered.wait(false);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  zombie.expect_the_end();
  wait_until_no_zombie_is_left();
}

// S-RES-6
TEST_F(ResourceLeft, of_code_that_has_stalled_is_released_when_it_returns) {
  const Attached me;
  Zombie zombie;
  const rsp_pid pid = spawn_zombie(zombie, 20);
  EXPECT_EQ(me.end_of(pid), "stalled");
  zombie.expect_the_end();
  wait_until_no_zombie_is_left();
}

/// A thread that attaches, and goes on when it is told to.
class Owner {
 public:
  explicit Owner(std::function<void(const Attached&)> begin, std::function<void(const Attached&)> end)
      : thread_([this, begin = std::move(begin), end = std::move(end)] {
          const Attached owner;
          begin(owner);
          id_ = owner.pid().id;
          id_.notify_all();
          may_go_.wait(false);
          end(owner);
        }) {
    id_.wait(0);
  }
  ~Owner() { thread_.join(); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  rsp_pid pid() const { return rsp_pid{id_, 0, 0}; }
  void go_on() {
    may_go_ = true;
    may_go_.notify_all();
  }

 private:
  std::atomic<uint64_t> id_{0};
  std::atomic<bool> may_go_{false};
  std::thread thread_;
};

// S-RES-6: a thread's are its own until it detaches.
TEST_F(ResourceLeft, of_a_thread_is_released_by_that_thread) {
  const Attached me;
  Book book;
  {
    void* memory = nullptr;
    Owner owner(
        [&](const Attached& self) {
          add_three(book, self);
          EXPECT_EQ(rsp_region_alloc(self, &memory, 10), RSP_OK);
        },
        [&](const Attached& self) {
          std::memset(memory, 1, 10);
          EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
          EXPECT_EQ(book.count(), 0u);
        });
    EXPECT_EQ(me.exit(owner.pid(), "kill"), "killed");
    EXPECT_EQ(book.count(), 0u);
    owner.go_on();
  }
  EXPECT_EQ(book.released(), NEWEST_FIRST);
}

// S-RES-6: and where it detaches as one that lives, who hears of the end finds them released.
TEST_F(ResourceLeft, of_a_thread_that_detaches_is_released_before_its_end_is_told) {
  const Attached me;
  Book book;
  Owner owner([&](const Attached& self) { add_three(book, self); }, [](const Attached&) {});
  EXPECT_EQ(me.end_after(owner.pid(), [&] { owner.go_on(); }), "normal");
  EXPECT_EQ(book.released(), NEWEST_FIRST);
}

// S-RES-3
TEST_F(ResourceLeft, of_a_thread_that_ends_without_a_word_is_released) {
  Book book;
  std::thread([&] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    add_three(book, self);
    void* memory = nullptr;
    ASSERT_EQ(rsp_region_alloc(self, &memory, 10), RSP_OK);
  }).join();
  EXPECT_EQ(book.released(), NEWEST_FIRST);
}

}  // namespace
