// resprout/resource.h: memory and resources that end with their process, whatever ends that.
#include <atomic>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/capi/resource_book.hpp"

using namespace capi_test;

namespace {

/// A process that has three resources, and does something when it is told to.
rsp_pid spawn_owner(rsp_self* me, Book& book, Code code) {
  return spawn(me,
               [&book, code = std::move(code)](rsp_self* self, rsp_msg* message) {
                 if (message != nullptr) return code(self, message);
                 add_three(book, self);
                 return RSP_NEXT_CONTINUE;
               },
               {.start = true});
}

class Resource : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-RES-3, S-RES-4, S-RES-6: who has heard of the end finds them released.
TEST_F(Resource, is_released_once_and_newest_first_whatever_ends_the_process) {
  const Attached me;
  const Code deeds[] = {
      [](rsp_self*, rsp_msg*) { return RSP_NEXT_STOP; },
      [](rsp_self* self, rsp_msg*) { return rsp_exit(self, word("bored")); },
      [](rsp_self* self, rsp_msg*) { return rsp_error(self, word("broken")); },
      [](rsp_self*, rsp_msg*) -> rsp_next { throw std::runtime_error("out"); },
      [](rsp_self* self, rsp_msg*) {
        EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), word("kill")), RSP_EXITING);
        return RSP_NEXT_CONTINUE;
      },
      [](rsp_self* self, rsp_msg*) {
        (void)!rsp_blocking_begin(self);
        return rsp_exit(self, word("in_a_section"));
      },
      [](rsp_self*, rsp_msg*) { return static_cast<rsp_next>(77); },
  };
  for (const Code& deed : deeds) {
    Book book;
    (void)me.end_by_message(spawn_owner(me, book, deed));
    EXPECT_EQ(book.released(), NEWEST_FIRST);
  }
  Book book;
  const rsp_pid pid = spawn_owner(me, book, [to = me.pid()](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_send(self, to, word("here")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "here");
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  book.wait_for(3);  // by its own thread, if that was held back in the turn
  EXPECT_EQ(book.released(), NEWEST_FIRST);
}

// S-RES-3: also one that waits for an answer.
TEST_F(Resource, is_released_when_the_process_ends_in_an_await) {
  const Attached me;
  Book book;
  const rsp_pid pid = spawn_owner(me, book, [to = me.pid()](rsp_self* self, rsp_msg*) {
    rsp_ref never = {};
    EXPECT_EQ(rsp_alias(self, &never, RSP_ALIAS_REPLY), RSP_OK);
    EXPECT_EQ(rsp_send(self, to, word("waiting")), RSP_OK);
    return rsp_await(
        self, never, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "waiting");
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  book.wait_for(3);  // by its own thread, if that was held back in the turn
  EXPECT_EQ(book.released(), NEWEST_FIRST);
}

// S-RES-4
TEST_F(Resource, is_released_after_the_state_and_has_the_memory_still) {
  struct World {
    bool state_is_dropped = false;
    bool found_it_dropped = false;
    char* memory = nullptr;
    std::string read;
  } world;
  const Attached me;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = [](rsp_self* self, rsp_msg*, void* state) {
    World& w = *static_cast<World*>(state);
    void* memory = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &memory, 100), RSP_OK);
    w.memory = static_cast<char*>(std::memcpy(memory, "written", 8));
    const auto release = [](void* context) {
      World& mine = *static_cast<World*>(context);
      mine.found_it_dropped = mine.state_is_dropped;
      mine.read = mine.memory;
    };
    EXPECT_EQ(rsp_resource_add(self, nullptr, release, state), RSP_OK);
    return RSP_NEXT_STOP;
  };
  const rsp_handler handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; };
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_spawn(me, &pid, nullptr, &options, handler, &world,
                      [](void* state) { static_cast<World*>(state)->state_is_dropped = true; }),
            RSP_OK);
  (void)me.end_of(pid);
  EXPECT_TRUE(world.found_it_dropped);
  EXPECT_EQ(world.read, "written");
}

// S-RES-5
TEST_F(Resource, that_was_removed_is_nobodys) {
  const Attached me;
  Book book;
  Book others;
  in_callback(me, [&](rsp_self* self) {
    const rsp_resource first = book.add(self, 1);
    const rsp_resource second = book.add(self, 2);
    const rsp_resource third = book.add(self, 3);
    EXPECT_EQ(rsp_resource_remove(self, second), RSP_OK);
    EXPECT_EQ(rsp_resource_remove(self, second), RSP_EMISMATCH);
    EXPECT_EQ(rsp_resource_remove(self, rsp_resource{}), RSP_EMISMATCH);
    EXPECT_EQ(rsp_resource_remove(self, rsp_resource{UINT64_MAX}), RSP_EMISMATCH);
    EXPECT_NE(first.id, third.id);
  });
  EXPECT_EQ(book.released(), (std::vector<int>{3, 1}));
  // Nor is it another process's.
  rsp_resource foreign = {};
  const rsp_pid owner = spawn(me, [&, to = me.pid()](rsp_self* self, rsp_msg*) {
    foreign = others.add(self, 1);
    EXPECT_EQ(rsp_send(self, to, word("here")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, owner, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "here");
  in_callback(me, [&](rsp_self* self) { EXPECT_EQ(rsp_resource_remove(self, foreign), RSP_EMISMATCH); });
  EXPECT_EQ(rsp_resource_remove(me, foreign), RSP_EMISMATCH);
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  others.wait_for(1);  // by its own thread, if that was held back in the turn
  EXPECT_EQ(others.released(), (std::vector<int>{1}));
}

// More than one slice; the first and the last are taken away again.
TEST_F(Resource, of_many_is_released_in_order) {
  constexpr int MANY = 10'000;
  const Attached me;
  Book book;
  in_callback(me, [&](rsp_self* self) {
    std::vector<rsp_resource> all;
    for (int i = 0; i < MANY; ++i) all.push_back(book.add(self, i));
    EXPECT_EQ(rsp_resource_remove(self, all.front()), RSP_OK);
    EXPECT_EQ(rsp_resource_remove(self, all.back()), RSP_OK);
  });
  const std::vector<int> released = book.released();
  ASSERT_EQ(released.size(), static_cast<size_t>(MANY - 2));
  for (int i = 0; i < MANY - 2; ++i) ASSERT_EQ(released[static_cast<size_t>(i)], MANY - 2 - i);
}

// The release functions have no process, and are refused what only one may do.
TEST_F(Resource, is_released_by_nobody) {
  struct World {
    rsp_self* self;
    rsp_pid me;
    std::vector<rsp_result> results;
  };
  const auto release = [](void* context) {
    World& w = *static_cast<World*>(context);
    void* piece = nullptr;
    w.results = {rsp_checkpoint(w.self), rsp_region_alloc(w.self, &piece, 1), rsp_send(w.self, w.me, NIL),
                 rsp_resource_add(
                     w.self, nullptr, [](void*) { ADD_FAILURE(); }, nullptr)};
    EXPECT_EQ(rsp_current(), nullptr);
    rsp_self* another = nullptr;
    EXPECT_EQ(rsp_attach(&another), RSP_EALREADY);
    EXPECT_EQ(rsp_runtime_stop(0), RSP_EWOULDBLOCK);
    EXPECT_EQ(rsp_send(nullptr, w.me, word("released")), RSP_OK);  // as a foreign thread
  };
  const Attached me;
  World world{nullptr, me.pid(), {}};
  in_callback(me, [&](rsp_self* self) {
    world.self = self;
    EXPECT_EQ(rsp_resource_add(self, nullptr, release, &world), RSP_OK);
  });
  EXPECT_EQ(text_of(me.receive()), "released");
  EXPECT_EQ(world.results, std::vector<rsp_result>(4, RSP_EXITING));
  std::thread([&] {
    EXPECT_EQ(rsp_attach(&world.self), RSP_OK);
    EXPECT_EQ(rsp_resource_add(world.self, nullptr, release, &world), RSP_OK);
    EXPECT_EQ(rsp_detach(world.self, NIL), RSP_OK);
  }).join();
  EXPECT_EQ(text_of(me.receive()), "released");
  EXPECT_EQ(world.results, std::vector<rsp_result>(4, RSP_EWRONGTHREAD));
}

TEST_F(Resource, whose_function_throws_does_not_keep_the_others) {
  const Attached me;
  Book book;
  in_callback(me, [&](rsp_self* self) {
    book.add(self, 1);
    EXPECT_EQ(rsp_resource_add(
                  self, nullptr, [](void*) { throw std::runtime_error("nobody is told"); }, nullptr),
              RSP_OK);
    book.add(self, 2);
  });
  EXPECT_EQ(book.released(), (std::vector<int>{2, 1}));
}

// S-RES-3
TEST(ResourceStop, of_the_runtime_releases_what_is_left) {
  std::optional<Runtime> runtime(std::in_place, 2);
  Book handlers;
  Book threads;
  std::optional<Attached> me(std::in_place);
  const rsp_pid owner = spawn_owner(*me, handlers, [to = me->pid()](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_send(self, to, word("here")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(*me, owner, NIL), RSP_OK);
  EXPECT_EQ(text_of(me->receive()), "here");
  add_three(threads, *me);
  runtime.reset();
  handlers.wait_for(3);  // by its own thread, if that was held back in the turn
  EXPECT_EQ(handlers.released(), NEWEST_FIRST);
  EXPECT_EQ(threads.count(), 0u) << "its thread has not detached";
  me.reset();
  EXPECT_EQ(threads.released(), NEWEST_FIRST);
}

// S-RES-1: what a supervisor starts anew begins with nothing.
TEST_F(Resource, of_a_child_is_not_the_next_ones) {
  struct World {
    Book book;
    int starts = 0;
    size_t released_before = 0;
  } world;
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "owner";
  ops.init = [](rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
    World& w = *static_cast<World*>(ctx);
    ++w.starts;
    w.released_before = w.book.count();
    w.book.add(self, w.starts);
    void* memory = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &memory, sizeof(int)), RSP_OK);
    ret->state = memory;  // without a function that frees it: it goes with the process
    *static_cast<int*>(memory) = w.starts;
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_call = [](rsp_self* self, void* state, rsp_msg* message, rsp_from, rsp_server_return* out) {
    if (show(rsp_msg_term(message)) == "fail") return rsp_error(self, word("asked_to"));
    out->action = RSP_SERVER_REPLY;
    out->reply = rsp_term_int(*static_cast<int*>(state));
    return RSP_NEXT_CONTINUE;
  };
  const Attached me;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.ops = &ops;
  child.start.ctx = &world;
  child.start.name = atom("owner");
  rsp_pid tree = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &tree, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  (void)me.monitor(rsp_whereis(child.start.name));
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_call_name(me, &answer, nullptr, child.start.name, word("fail"), RSP_INFINITE), RSP_EEXITED);
  EXPECT_NE(me.receive(), nullptr);  // the DOWN
  rsp_result called = RSP_ENOPROC;
  while (called != RSP_OK) {  // until it is there again
    called = rsp_call_name(me, &answer, nullptr, child.start.name, word("number"), RSP_INFINITE);
  }
  EXPECT_EQ(as_int(rsp_msg_term(answer)), 2);
  rsp_msg_free(answer);
  EXPECT_EQ(world.released_before, 1u);
  EXPECT_EQ(rsp_stop(me, nullptr, tree, NIL, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(world.book.released(), (std::vector<int>{1, 2}));
}

// S-RES-2
TEST_F(Resource, is_beside_memory_that_can_be_given_back) {
  const Attached me;
  in_callback(me, [&](rsp_self* self) {
    std::vector<void*> pieces(100);
    for (size_t i = 0; i < pieces.size(); ++i) {
      EXPECT_EQ(rsp_region_alloc(self, &pieces[i], i * 30), RSP_OK);
      std::memset(pieces[i], static_cast<int>(i), i * 30);
    }
    for (size_t i = 0; i < pieces.size(); i += 2) EXPECT_EQ(rsp_region_free(self, pieces[i], i * 30), RSP_OK);
    for (size_t i = 1; i < pieces.size(); i += 2) {
      const std::string_view seen(static_cast<char*>(pieces[i]), i * 30);
      EXPECT_EQ(seen, std::string(i * 30, static_cast<char>(i)));
    }
    EXPECT_EQ(rsp_region_free(self, nullptr, 10), RSP_OK);
    int outside = 0;
    EXPECT_EQ(rsp_region_free(self, reinterpret_cast<char*>(&outside) + 1, 4), RSP_EINVAL);
    void* piece = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &piece, SIZE_MAX), RSP_ENOMEM);
    EXPECT_EQ(piece, nullptr);
  });
  int outside = 0;
  EXPECT_EQ(rsp_region_free(me, &outside, sizeof outside), RSP_EINVAL) << "this process has none";
}

}  // namespace
