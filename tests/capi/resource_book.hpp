// What is kept of resources that were released (tests/capi/resource*_test.cpp).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

namespace capi_test {

/// What has been released, in order. Read when the process has ended, or by whoever waits for it.
class Book {
 public:
  /// A resource of this number. Removed or not, it is one until the book goes.
  rsp_resource add(rsp_self* self, int number) {
    entries_.push_back(std::make_unique<Entry>(Entry{*this, number}));
    rsp_resource resource = {};
    EXPECT_EQ(rsp_resource_add(self, &resource, &Entry::release, entries_.back().get()), RSP_OK);
    EXPECT_NE(resource.id, 0u);
    return resource;
  }

  std::vector<int> released() const {
    const std::lock_guard guard(lock_);
    return released_;
  }
  void wait_for(size_t count) const {
    std::unique_lock lock(lock_);
    changed_.wait(lock, [&] { return released_.size() >= count; });
  }
  size_t count() const { return released().size(); }
  std::thread::id thread() const {
    const std::lock_guard guard(lock_);
    return thread_;
  }

 private:
  struct Entry {
    Book& book;
    int number;
    static void release(void* entry) {
      const Entry& mine = *static_cast<Entry*>(entry);
      Book& book = mine.book;
      // To the end of it: whoever waits may destroy the book.
      const std::lock_guard guard(book.lock_);
      book.thread_ = std::this_thread::get_id();
      book.released_.push_back(mine.number);
      book.changed_.notify_all();
    }
  };

  std::vector<std::unique_ptr<Entry>> entries_;
  mutable std::mutex lock_;
  mutable std::condition_variable changed_;
  std::vector<int> released_;
  std::thread::id thread_;
};

inline const std::vector<int> NEWEST_FIRST = {3, 2, 1};

inline void add_three(Book& book, rsp_self* self) {
  for (int number = 1; number <= 3; ++number) book.add(self, number);
}

}  // namespace capi_test
