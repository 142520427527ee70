#include "python/native/payload.hpp"

#include <atomic>
#include <cstring>

#include "python/native/lanes.hpp"

namespace rsp::python {
namespace {

// A stack that is always taken whole.
std::atomic<Payload*> g_dropped{nullptr};

thread_local bool t_lock_held = false;

size_t describe(void*, char* text, size_t capacity) {
  // Any thread: a repr needs the lock.
  static constexpr char WHAT[] = "a Python object";
  if (capacity != 0) std::memcpy(text, WHAT, capacity < sizeof WHAT - 1 ? capacity : sizeof WHAT - 1);
  return sizeof WHAT - 1;
}

}  // namespace

const rsp_native_ops& payload_ops() {
  static constexpr rsp_native_ops OPS{sizeof(rsp_native_ops), &drop_payload, &describe};
  return OPS;
}

Payload* new_payload(PyObject* object) {
  Payload* const payload = static_cast<Payload*>(PyMem_RawMalloc(sizeof(Payload)));
  if (payload == nullptr) {
    Py_DECREF(object);
    PyErr_NoMemory();
    return nullptr;
  }
  *payload = Payload{object, nullptr};
  return payload;
}

PyObject* take_object(void* payload) {
  PyObject* const object = static_cast<Payload*>(payload)->object;
  PyMem_RawFree(payload);
  return object;
}

void drop_payload(void* payload) {
  if (t_lock_held) {
    Py_DECREF(take_object(payload));
    return;
  }
  Payload* const dropped = static_cast<Payload*>(payload);
  Payload* top = g_dropped.load(std::memory_order_relaxed);
  do {
    dropped->next = top;
    // Release: pairs with give_back_dropped.
  } while (
      !g_dropped.compare_exchange_weak(top, dropped, std::memory_order_release, std::memory_order_relaxed));
  if (top == nullptr) wake_lane();  // the first one: whoever takes the list takes the others too
}

void set_lock_held(bool held) { t_lock_held = held; }

Unlocked::Unlocked() : was_held_(t_lock_held) { unlock_again(); }

Unlocked::~Unlocked() noexcept(false) { lock_again(); }

void Unlocked::lock_again() {
  PyEval_RestoreThread(thread_state_);
  t_lock_held = was_held_;
}

void Unlocked::unlock_again() {
  t_lock_held = false;
  thread_state_ = PyEval_SaveThread();
}

bool has_dropped() { return g_dropped.load(std::memory_order_relaxed) != nullptr; }

void give_back_dropped() {
  // Acquire: pairs with drop_payload.
  Payload* dropped = g_dropped.exchange(nullptr, std::memory_order_acquire);
  if (dropped == nullptr) return;
  const ErrorAside aside;
  while (dropped != nullptr) {
    Payload* const payload = dropped;
    dropped = dropped->next;
    Py_DECREF(take_object(payload));
  }
}

}  // namespace rsp::python
