// What is kept of resources that were released (tests/capi/resource*_test.cpp).
#pragma once

#include <atomic>
#include <memory>
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

  std::vector<int> released() const { return released_; }
  void wait_for(size_t count) const {
    for (size_t now = count_.load(); now < count; now = count_.load()) count_.wait(now);
  }
  size_t count() const { return count_; }
  std::thread::id thread() const { return thread_; }

 private:
  struct Entry {
    Book& book;
    int number;
    static void release(void* entry) {
      const Entry& mine = *static_cast<Entry*>(entry);
      mine.book.thread_ = std::this_thread::get_id();
      mine.book.released_.push_back(mine.number);
      ++mine.book.count_;
      mine.book.count_.notify_all();
    }
  };

  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<int> released_;
  std::thread::id thread_;
  std::atomic<size_t> count_{0};
};

inline const std::vector<int> NEWEST_FIRST = {3, 2, 1};

inline void add_three(Book& book, rsp_self* self) {
  for (int number = 1; number <= 3; ++number) book.add(self, number);
}

}  // namespace capi_test
