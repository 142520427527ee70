#include "core/sched/poller.hpp"

#include "core/env/sometimes.hpp"

namespace rsp {

rsp_result Poller::add(int fd, env::Direction direction, void* subject, Watches::Key* key) {
  if (!set_.open()) return RSP_EOS;
  // P3: before the kernel can tell of it. Release: whoever sees it finds the set open.
  registered_.fetch_add(1, env::ACQ_REL);
  Watches::Registered registered;
  const rsp_result result = watches_.add(set_, fd, direction, subject, &registered);
  if (result != RSP_OK) registered_.fetch_sub(1, env::ACQ_REL);  // pairs with is_wanted
  if (registered.replaced != nullptr) {
    registered_.fetch_sub(1, env::ACQ_REL);  // pairs with is_wanted
    hooks_->drop(registered.replaced);
  }
  *key = registered.key;
  return result;
}

void* Poller::take_back(Watches::Key key) {
  void* const subject = watches_.take(key);
  if (subject != nullptr) registered_.fetch_sub(1, env::ACQ_REL);  // pairs with is_wanted
  return subject;
}

bool Poller::look(uint64_t now_ns, env::Ready& ready) {
  if (!is_look_due(now_ns) || !take_place()) return false;
  look_in_place(now_ns, LOOK_NS, ready);
  leave_place();
  return true;
}

void Poller::look_in_place(uint64_t now_ns, uint64_t interval_ns, env::Ready& ready) {
  set_.wait(0, ready);
  // More may be ready than there was room for.
  next_look_ns_.store(ready.count < env::Ready::BATCH / 2 ? now_ns + interval_ns : 0, env::RELAXED);
}

void Poller::tell(const env::Ready& ready) {
  for (uint32_t i = 0; i < ready.count; ++i) {
    if (void* const subject = take_back(ready.tags[i])) {
      hooks_->ready(subject);
    } else {
      RSP_SOMETIMES("what is ready is told of nobody any more");
    }
  }
}

}  // namespace rsp
