// Structs of callers of other versions: each kind that goes into the library, as an older, a newer and a
// mistaken program hands it over. core/base/caller_struct_test.cpp has the reading itself, with a past.
#include <algorithm>
#include <atomic>
#include <functional>
#include <type_traits>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

rsp_next nothing(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

/** Memory of exactly so many bytes, aligned for any struct: a read behind it is found by the sanitizer. */
using Bytes = std::vector<uint64_t>;

template <class Struct>
Bytes bytes_of(const Struct& value, size_t size) {
  Bytes bytes(size / sizeof(uint64_t), 0);
  std::memcpy(bytes.data(), &value, std::min(size, sizeof value));
  return bytes;
}

template <class Struct>
void set_size(Bytes& bytes, size_t size) {
  reinterpret_cast<Struct*>(bytes.data())->size = size;
}

/** What no header ever gave. */
constexpr size_t IMPOSSIBLE[] = {0, 1, 4, sizeof(size_t), 4096 + 8, size_t{1} << 47, SIZE_MAX - 7, SIZE_MAX};

template <class Struct>
using CallWith = std::function<rsp_result(const Struct*)>;

/** `shortest` is its size in the first version that has it. */
template <class Struct>
void refuses_impossible_sizes(const char* what, const Struct& whole, const CallWith<Struct>& call,
                              size_t shortest = sizeof(Struct)) {
  for (const size_t size : IMPOSSIBLE) {
    Bytes bytes = bytes_of(whole, sizeof(Struct));
    set_size<Struct>(bytes, size);
    EXPECT_EQ(call(reinterpret_cast<const Struct*>(bytes.data())), RSP_EINVAL) << what << " of " << size;
  }
  Bytes shorter = bytes_of(whole, shortest - sizeof(uint64_t));
  set_size<Struct>(shorter, shortest - sizeof(uint64_t));
  EXPECT_EQ(call(reinterpret_cast<const Struct*>(shorter.data())), RSP_EINVAL) << what << " without its end";
}

/** `good` is what the call says when it can read the struct. `call` may keep the address. */
template <class Struct>
void expect_growing(const char* what, const Struct& whole, rsp_result good, const CallWith<Struct>& call,
                    size_t shortest = sizeof(Struct)) {
  static std::vector<Bytes> kept;
  refuses_impossible_sizes<Struct>(what, whole, call, shortest);
  EXPECT_EQ(call(&whole), good) << what;
  Bytes& first = kept.emplace_back(bytes_of(whole, shortest));
  set_size<Struct>(first, shortest);
  EXPECT_EQ(call(reinterpret_cast<const Struct*>(first.data())), good) << what << " of the first version";
  for (const size_t more : {size_t{8}, size_t{64}, 4096 - sizeof(Struct)}) {
    Bytes& newer = kept.emplace_back(bytes_of(whole, sizeof(Struct) + more));
    set_size<Struct>(newer, sizeof(Struct) + more);
    EXPECT_EQ(call(reinterpret_cast<const Struct*>(newer.data())), good) << what << " and " << more;
    for (const size_t word : {sizeof(Struct) / sizeof(uint64_t), newer.size() - 1}) {
      Bytes asking = newer;
      asking[word] = uint64_t{1} << 63;
      EXPECT_EQ(call(reinterpret_cast<const Struct*>(asking.data())), RSP_EINVAL) << what << " and " << more;
    }
    Bytes misaligned = newer;
    set_size<Struct>(misaligned, sizeof(Struct) + more - 1);
    EXPECT_EQ(call(reinterpret_cast<const Struct*>(misaligned.data())), RSP_EINVAL) << what;
  }
}

/** The struct inside another, as far as the memory of `from` goes. */
template <class Struct>
void put(Struct* inside, const Struct& from) {
  std::memcpy(inside, &from, std::min(from.size, sizeof from));
  inside->size = from.size;
}

template <class Struct>
void expect_fixed(const char* what, const Struct& whole, const CallWith<Struct>& call) {
  refuses_impossible_sizes<Struct>(what, whole, call);
  EXPECT_EQ(call(&whole), RSP_OK) << what;
  Bytes longer = bytes_of(whole, sizeof(Struct) + sizeof(uint64_t));
  set_size<Struct>(longer, sizeof(Struct) + sizeof(uint64_t));
  EXPECT_EQ(call(reinterpret_cast<const Struct*>(longer.data())), RSP_EINVAL) << what;
  if constexpr (requires { whole.reserved; }) {
    for (size_t i = 0; i < std::size(whole.reserved); ++i) {
      Struct asking = whole;
      asking.reserved[i] = 1;
      EXPECT_EQ(call(&asking), RSP_EINVAL) << what << ", reserved word " << i;
    }
  }
}

TEST(CallersStruct, of_a_runtime_may_be_of_another_version) {
  expect_growing<rsp_runtime_opts>(
      "rsp_runtime_opts", {sizeof(rsp_runtime_opts), 1, 0, 0}, RSP_OK,
      [](const rsp_runtime_opts* opts) {
        const rsp_result result = rsp_runtime_start(opts);
        if (result == RSP_OK) {
          EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
        }
        return result;
      },
      offsetof(rsp_runtime_opts, stack_signal));
}

class CallersStructs : public testing::Test {
 protected:
  static rsp_start_spec start_spec() {
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.handler = nothing;
    return spec;
  }
  rsp_child_spec child(std::string_view id) {
    rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
    spec.id = word(id);
    spec.start = start_spec();
    spec.start.ctx = &freed_;
    spec.start.ctx_free = [](void* freed) { ++*static_cast<std::atomic<int>*>(freed); };
    return spec;
  }
  rsp_result start(const rsp_supervisor_spec* spec) {
    rsp_pid pid = NO_PID;
    return rsp_supervisor_start_spec(me_, &pid, nullptr, spec, nullptr);
  }

  std::atomic<int> freed_{0};  // outlives the runtime, whose workers count
  const Runtime runtime_{2};
  const Attached me_;
};

TEST_F(CallersStructs, with_options_may_be_of_another_version) {
  rsp_pid pid = NO_PID;
  const rsp_pid target = spawn_idle(me_);
  expect_growing<rsp_spawn_opts>(
      "rsp_spawn_opts", RSP_SPAWN_OPTS_INIT, RSP_OK,
      [&](const rsp_spawn_opts* opts) {
        return rsp_spawn(me_, &pid, nullptr, opts, nothing, nullptr, nullptr);
      },
      offsetof(rsp_spawn_opts, worker));
  expect_growing<rsp_monitor_opts>("rsp_monitor_opts", RSP_MONITOR_OPTS_INIT, RSP_OK,
                                   [&](const rsp_monitor_opts* opts) {
                                     rsp_ref ref = {};
                                     return rsp_monitor(me_, &ref, target, opts);
                                   });
  expect_growing<rsp_receive_opts>("rsp_receive_opts", {sizeof(rsp_receive_opts), 0, nullptr, nullptr},
                                   RSP_ETIMEDOUT, [&](const rsp_receive_opts* opts) {
                                     rsp_msg* message = nullptr;
                                     return rsp_receive(me_, &message, opts);
                                   });
  const rsp_start_spec start = start_spec();
  expect_growing<rsp_start_opts>(
      "rsp_start_opts", RSP_START_OPTS_INIT, RSP_OK,
      [&](const rsp_start_opts* opts) { return rsp_server_start(me_, &pid, nullptr, nullptr, &start, opts); },
      offsetof(rsp_start_opts, via_registry));
}

TEST_F(CallersStructs, of_a_stream_may_be_of_another_version) {
  expect_growing<rsp_task_stream_opts>("rsp_task_stream_opts", RSP_TASK_STREAM_OPTS_INIT, RSP_OK,
                                       [&](const rsp_task_stream_opts* opts) {
                                         rsp_task_stream stream = {};
                                         const rsp_result result = rsp_task_async_stream(me_, &stream, opts);
                                         if (result == RSP_OK) {
                                           EXPECT_EQ(rsp_task_stream_halt(me_, stream), RSP_OK);
                                         }
                                         return result;
                                       });
}

TEST_F(CallersStructs, with_callbacks_may_be_of_another_version) {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "of_another_version";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return* ret) {
    ret->action = RSP_SERVER_IGNORE;
    return RSP_NEXT_CONTINUE;
  };
  expect_growing<rsp_server_ops>(
      "rsp_server_ops", ops, RSP_EIGNORE,
      [&](const rsp_server_ops* type) {
        rsp_start_spec spec = RSP_START_SPEC_INIT;
        spec.ops = type;
        rsp_pid pid = NO_PID;
        return rsp_server_start(me_, &pid, nullptr, nullptr, &spec, nullptr);
      },
      offsetof(rsp_server_ops, format_status));
  expect_growing<rsp_native_ops>("rsp_native_ops", {sizeof(rsp_native_ops), [](void*) {}, nullptr}, RSP_OK,
                                 [&](const rsp_native_ops* payload_ops) {
                                   int payload = 0;
                                   const rsp_result result =
                                       rsp_send_native(me_, me_.pid(), &payload, payload_ops);
                                   if (result == RSP_OK) {
                                     const Message message = me_.receive();
                                     EXPECT_EQ(rsp_msg_native(message.get(), payload_ops), &payload);
                                   }
                                   return result;
                                 });
  const auto hook = [](void*) {};
  const rsp_lane_hooks hooks = {sizeof hooks, hook, hook, [](void*) { return RSP_OK; }, nullptr};
  expect_growing<rsp_lane_hooks>("rsp_lane_hooks", hooks, RSP_OK, [](const rsp_lane_hooks* each) {
    rsp_lane* lane = nullptr;
    const rsp_result result = rsp_lane_new(&lane, each, false);
    rsp_lane_free(lane);
    return result;
  });
}

TEST_F(CallersStructs, with_an_exception_may_be_of_another_version) {
  rsp_exception exception = RSP_EXCEPTION_INIT;
  exception.value = word("why");
  expect_growing<rsp_exception>("rsp_exception", exception, RSP_OK, [](const rsp_exception* each) {
    rsp_term reason = NIL;
    const rsp_result result = rsp_exception_reason(&reason, each);
    rsp_term_free(reason);
    return result;
  });
}

TEST_F(CallersStructs, with_a_specification_may_be_of_another_version) {
  constexpr size_t FIRST_CHILD_SPEC = offsetof(rsp_child_spec, significant);
  expect_growing<rsp_child_spec>(
      "rsp_child_spec", child("only"), RSP_OK,
      [&](const rsp_child_spec* spec) {
        rsp_pid pid = NO_PID;
        return rsp_supervisor_start(me_, &pid, nullptr, spec, 1, nullptr, nullptr);
      },
      FIRST_CHILD_SPEC);
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
  int added = 0;
  expect_growing<rsp_child_spec>(
      "rsp_child_spec, added", child("added"), RSP_OK,
      [&](const rsp_child_spec* spec) {
        rsp_pid pid = NO_PID;
        const_cast<rsp_child_spec*>(spec)->id = rsp_term_int(++added);
        return rsp_supervisor_start_child(me_, &pid, nullptr, supervisor, spec, RSP_INFINITE);
      },
      FIRST_CHILD_SPEC);
  expect_growing<rsp_supervisor_spec>(
      "rsp_supervisor_spec", RSP_SUPERVISOR_SPEC_INIT, RSP_OK,
      [&](const rsp_supervisor_spec* spec) { return start(spec); },
      offsetof(rsp_supervisor_spec, partitions));
  EXPECT_EQ(freed_, 0);
}

TEST_F(CallersStructs, that_says_more_of_a_start_may_be_of_another_version) {
  rsp_start_more more = RSP_START_MORE_INIT;
  more.function = [](rsp_self*, void*, rsp_term, rsp_start_return* ret) {
    ret->action = RSP_START_IGNORE;
    return RSP_NEXT_CONTINUE;
  };
  more.function_name = "of_another_version";
  expect_growing<rsp_start_more>("rsp_start_more", more, RSP_OK, [&](const rsp_start_more* each) {
    rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
    spec.start.more = each;
    rsp_pid pid = NO_PID;
    return rsp_supervisor_start(me_, &pid, nullptr, &spec, 1, nullptr, nullptr);
  });
}

TEST_F(CallersStructs, that_say_how_restarts_are_delayed_may_be_of_another_version) {
  expect_growing<rsp_backoff>("rsp_backoff", RSP_BACKOFF_INIT, RSP_OK, [&](const rsp_backoff* each) {
    rsp_child_spec spec = child("only");
    spec.backoff = each;
    rsp_pid pid = NO_PID;
    return rsp_supervisor_start(me_, &pid, nullptr, &spec, 1, nullptr, nullptr);
  });
}

TEST_F(CallersStructs, of_an_application_may_be_of_another_version) {
  const rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
  spec.name = atom("of_another_version");
  spec.supervisor = &top;
  expect_growing<rsp_application_spec>("rsp_application_spec", spec, RSP_OK,
                                       [&](const rsp_application_spec* each) {
                                         const rsp_result result = rsp_application_load(me_, nullptr, each);
                                         if (result == RSP_OK) {
                                           EXPECT_EQ(rsp_application_unload(me_, nullptr, spec.name), RSP_OK);
                                         }
                                         return result;
                                       });
}

TEST_F(CallersStructs, that_stand_inside_others_have_one_size_and_nothing_reserved) {
  rsp_pid pid = NO_PID;
  expect_fixed<rsp_start_spec>("rsp_start_spec", start_spec(), [&](const rsp_start_spec* spec) {
    return rsp_server_start(me_, &pid, nullptr, nullptr, spec, nullptr);
  });
  expect_fixed<rsp_start_spec>("rsp_start_spec of a child", start_spec(), [&](const rsp_start_spec* spec) {
    rsp_child_spec outer = child("only");
    put(&outer.start, *spec);
    return rsp_supervisor_start(me_, &pid, nullptr, &outer, 1, nullptr, nullptr);
  });
  expect_fixed<rsp_supervisor_opts>(
      "rsp_supervisor_opts", RSP_SUPERVISOR_OPTS_INIT, [&](const rsp_supervisor_opts* opts) {
        return rsp_supervisor_start(me_, &pid, nullptr, nullptr, 0, opts, nullptr);
      });
  expect_fixed<rsp_supervisor_opts>("rsp_supervisor_opts of a specification", RSP_SUPERVISOR_OPTS_INIT,
                                    [&](const rsp_supervisor_opts* opts) {
                                      rsp_supervisor_spec outer = RSP_SUPERVISOR_SPEC_INIT;
                                      put(&outer.opts, *opts);
                                      return start(&outer);
                                    });
}

// ---- Arrays ----

struct NewerChild {
  rsp_child_spec known;
  uint64_t unknown;
};

std::vector<NewerChild> newer(const std::vector<rsp_child_spec>& known) {
  std::vector<NewerChild> children;
  for (const rsp_child_spec& each : known) {
    children.push_back({each, 0});
    children.back().known.size = sizeof(NewerChild);
  }
  return children;
}

std::string ids_of(const Attached& me, rsp_pid supervisor) {
  rsp_term list = NIL;
  EXPECT_EQ(rsp_supervisor_which_children(me, &list, supervisor, RSP_INFINITE), RSP_OK);
  std::string ids;
  size_t count = 0;
  EXPECT_EQ(rsp_term_size(&count, list), RSP_OK);
  for (size_t i = 0; i < count; ++i) {
    rsp_term row = NIL;
    rsp_term id = NIL;
    EXPECT_EQ(rsp_term_element(&row, list, i), RSP_OK);
    EXPECT_EQ(rsp_term_element(&id, row, 0), RSP_OK);
    ids += show(id) + " ";
  }
  rsp_term_free(list);
  return ids;
}

TEST_F(CallersStructs, in_an_array_are_found_by_the_size_of_the_first) {
  const std::vector<NewerChild> children = newer({child("a"), child("b"), child("c")});
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, &children[0].known, 3, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(ids_of(me_, supervisor), "a b c ");
}

TEST_F(CallersStructs, in_an_array_are_refused_as_a_whole_and_stay_the_callers) {
  rsp_pid pid = NO_PID;
  for (size_t spoilt = 0; spoilt < 3; ++spoilt) {
    std::vector<NewerChild> asking = newer({child("a"), child("b"), child("c")});
    asking[spoilt].unknown = 1;
    EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &asking[0].known, 3, nullptr, nullptr), RSP_EINVAL);
    std::vector<NewerChild> uneven = newer({child("a"), child("b"), child("c")});
    uneven[spoilt].known.size = sizeof(rsp_child_spec);
    EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &uneven[0].known, 3, nullptr, nullptr), RSP_EINVAL);
    // A malformed field of the first would be told; what cannot be read comes before it.
    std::vector<NewerChild> inside = newer({child("a"), child("b"), child("c")});
    inside[0].known.restart = static_cast<rsp_restart>(9);
    inside[spoilt].known.start.size = 8;
    EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &inside[0].known, 3, nullptr, nullptr), RSP_EINVAL);
  }
  EXPECT_EQ(freed_, 0);
  EXPECT_EQ(pid, NO_PID);
}

TEST_F(CallersStructs, of_supervisors_within_supervisors_may_be_of_another_version) {
  std::vector<NewerChild> leaves = newer({child("a"), child("b")});
  struct Newer {
    rsp_supervisor_spec known = RSP_SUPERVISOR_SPEC_INIT;
    uint64_t unknown = 0;
  } inner;
  inner.known.size = sizeof inner;
  inner.known.children = &leaves[0].known;
  inner.known.child_count = 2;
  rsp_child_spec subtree = RSP_CHILD_SPEC_INIT;
  subtree.id = word("subtree");
  subtree.supervisor = &inner.known;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &subtree, 1, nullptr, nullptr), RSP_OK);
  inner.unknown = 1;
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &subtree, 1, nullptr, nullptr), RSP_EINVAL);
  inner.unknown = 0;
  leaves[1].unknown = 1;
  EXPECT_EQ(rsp_supervisor_start(me_, &pid, nullptr, &subtree, 1, nullptr, nullptr), RSP_EINVAL);
  EXPECT_EQ(freed_, 0);
}

/** What init returns, and what the start came to. */
struct Init {
  const rsp_child_spec* children;
  size_t count;
  size_t opts_beyond;  // what their size is too much
};

rsp_next return_children(rsp_self*, void* ctx, rsp_term, rsp_supervisor_init* out) {
  const Init& init = *static_cast<const Init*>(ctx);
  EXPECT_EQ(out->size, sizeof *out);
  EXPECT_TRUE(RSP_HAS(rsp_supervisor_init, out, bad_value));
  const rsp_supervisor_init older = {
      offsetof(rsp_supervisor_init, bad_value), {}, nullptr, 0, false, false, {}};
  EXPECT_TRUE(RSP_HAS(rsp_supervisor_init, &older, bad_return));
  EXPECT_FALSE(RSP_HAS(rsp_supervisor_init, &older, bad_value));
  out->children = init.children;
  out->child_count = init.count;
  out->opts.size += init.opts_beyond;
  return RSP_NEXT_CONTINUE;
}

TEST_F(CallersStructs, that_a_callback_returns_may_be_of_another_version) {
  std::vector<NewerChild> children = newer({child("a"), child("b")});
  Init init = {&children[0].known, 2, 0};
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.init = return_children;
  spec.ctx = &init;
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start_spec(me_, &supervisor, nullptr, &spec, nullptr), RSP_OK);
  EXPECT_EQ(ids_of(me_, supervisor), "a b ");
  EXPECT_EQ(rsp_stop(me_, nullptr, supervisor, word("shutdown"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(freed_, 2);

  // They were given to the runtime: readable ones are freed, and of the others it cannot know what they hold.
  freed_ = 0;
  init.opts_beyond = 8;
  EXPECT_EQ(start(&spec), RSP_EEXITED);
  EXPECT_EQ(freed_, 2);
  init.opts_beyond = 0;
  children[1].unknown = 1;
  EXPECT_EQ(start(&spec), RSP_EEXITED);
  EXPECT_EQ(freed_, 2);
  init = {nullptr, 2, 0};
  EXPECT_EQ(start(&spec), RSP_EEXITED);
}

// ---- What the library fills in ----

TEST_F(CallersStructs, with_figures_are_filled_in_as_far_as_they_are_known) {
  struct Newer {
    rsp_runtime_stats known;
    uint64_t unknown;
  } stats = {{sizeof(Newer), 0, 0, 77, 77, 77, 77, 77}, 77};
  ASSERT_EQ(rsp_runtime_get_stats(&stats.known), RSP_OK);
  EXPECT_EQ(stats.known.workers, 2u);
  EXPECT_EQ(stats.known.size, sizeof(Newer));
  EXPECT_EQ(stats.unknown, 0u);
  refuses_impossible_sizes<rsp_runtime_stats>(
      "rsp_runtime_stats", stats.known, [](const rsp_runtime_stats* each) {
        return rsp_runtime_get_stats(const_cast<rsp_runtime_stats*>(each));
      });
}

TEST_F(CallersStructs, with_a_caught_exception_are_filled_in_as_far_as_they_are_known) {
  in_callback(me_, [](rsp_self* self) {
    const rsp_body body = [](rsp_self* me, void*) { return rsp_throw(me, word("caught")); };
    struct Newer {
      rsp_exception known = RSP_EXCEPTION_INIT;
      uint64_t unknown = 77;
    } exception;
    exception.known.size = sizeof exception;
    ASSERT_EQ(rsp_try(self, &exception.known, nullptr, body, nullptr, nullptr), RSP_ERAISED);
    EXPECT_EQ(show(exception.known.value), "caught");
    EXPECT_EQ(exception.unknown, 0u);
    rsp_exception_free(&exception.known);
    EXPECT_EQ(exception.known.size, sizeof exception);
    refuses_impossible_sizes<rsp_exception>("rsp_exception", exception.known, [&](const rsp_exception* each) {
      return rsp_try(self, const_cast<rsp_exception*>(each), nullptr, body, nullptr, nullptr);
    });
  });
}

}  // namespace
