// The children of the tree, and the functions that start them.
#include <iterator>
#include <stdexcept>
#include <utility>

#include "core/env/clock.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "tests/sim/supervision.hpp"

namespace supervision {

uint32_t below(uint32_t bound) { return static_cast<uint32_t>(rsp::env::random_u64() % bound); }

bool chance(uint32_t one_in) { return below(one_in) == 0; }

bool is_gone(const Child& child) {
  if (!child.tree->hurried) return !child.lives();
  const auto some_run_on = [] {
    rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
    return rsp_runtime_get_stats(&stats) != RSP_OK || stats.zombies != 0;  // without a runtime we are one
  };
  const bool did = some_run_on();  // it may be over as soon as we have seen the child
  return !child.lives() || did || some_run_on();
}

namespace {

constexpr uint32_t MANY_MONITORS = 16;

bool fails_now(const Tree& tree) { return tree.is_up && !tree.calm && chance(8); }

[[noreturn]] void throw_something() {
  RSP_SOMETIMES("a callback of a child throws");
  throw std::runtime_error("nobody catches this");
}

/// What stands behind a child in the order has been stopped, or is not yet up.
void expect_none_behind(const Child& child, const char* what) {
  const Tree& tree = *child.tree;
  const auto is_gone_or_alone = [&](const Child& other) {
    return is_gone(other) || tree.is_left_alone(other) || tree.is_left_alone(child);
  };
  for (uint32_t i = child.index + 1; i < std::size(tree.children); ++i) {
    const Child& other = tree.children[i];
    EXPECT_TRUE(is_gone_or_alone(other))
        << "I8: " << i << " lives while " << child.index << " before it is " << what;
  }
  for (const Child& other : tree.dynamic) {
    if (child.index == OF_DYNAMIC) break;
    EXPECT_TRUE(is_gone_or_alone(other))
        << "I8: one of the dynamic supervisor lives while " << child.index << " is " << what;
  }
}

void expect_delayed(const Child& child) {
  if (child.backoff.min_ms == 0 || child.attempts == 0 || child.by_call) return;
  if (child.tree->hurried) return;  // it has ended when its process has, which may be before its code
  // In a group it goes along with the others; the inner supervisor starts anew what it has when it starts
  // itself.
  const bool alone =
      child.index == OF_DYNAMIC || (child.is_direct() && child.tree->strategy == RSP_ONE_FOR_ONE);
  if (!alone) return;
  RSP_SOMETIMES("a child comes back after its delay");
  EXPECT_GE(rsp::env::now_ns(), child.ended_ns + child.backoff.min_ms * NS_IN_MS)
      << "I8: before its delay was over";
}

/// So many that its end takes more than one turn: others come to it in the middle.
void monitor_many(rsp_self* self, const Child& child) {
  for (uint32_t left = MANY_MONITORS; left > 0; --left) {
    rsp_ref ref = {};
    if (rsp_monitor(self, &ref, child.tree->children[0].pid, nullptr) != RSP_OK) return;  // fewer will do
  }
}

rsp_next init(rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
  Child& child = *static_cast<Child*>(ctx);
  Tree& tree = *child.tree;
  EXPECT_TRUE(is_gone(child) || tree.is_left_alone(child)) << "I8: two of one child";
  if (tree.strategy != RSP_ONE_FOR_ONE && child.is_direct()) expect_none_behind(child, "started");
  if (!tree.is_up) {
    for (uint32_t i = 0; i < child.index; ++i)
      EXPECT_TRUE(tree.children[i].attempts != 0) << "I8: out of order";
  }
  expect_delayed(child);
  ++child.attempts;
  if (child.index == OF_DYNAMIC && child.attempts > 1)
    RSP_SOMETIMES("a child of a dynamic supervisor is started again");
  if (tree.is_up && !tree.calm && chance(6)) {
    child.ended_ns = rsp::env::now_ns();
    if (chance(3)) throw_something();
    if (chance(2)) return rsp_exit(self, tree.crash);
    ret->action = RSP_SERVER_STOP;
    ret->reason = tree.crash;
    return RSP_NEXT_CONTINUE;
  }
  if (chance(2) && rsp_trap_exit(self, nullptr, true) != RSP_OK) return RSP_NEXT_CONTINUE;  // it is to end
  if (child.index == OF_DYNAMIC && chance(2)) monitor_many(self, child);
  ++child.living;
  child.told_ns = 0;
  child.ends_slowly = false;
  child.pid = rsp_self_pid(self);
  ret->state = &child;
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_from, rsp_server_return* ret) {
  Child& child = *static_cast<Child*>(state);
  EXPECT_TRUE(child.lives());
  const rsp_term request = rsp_msg_term(msg);
  switch (as_int(request)) {
    case ANSWER:
      ret->action = RSP_SERVER_REPLY;
      ret->reply = request;
      return RSP_NEXT_CONTINUE;
    case CRASH:
      return rsp_exit(self, child.tree->crash);
    case THROW:
      throw_something();
    case END:
      ret->action = RSP_SERVER_STOP;
      ret->reason = child.tree->normal;
      return RSP_NEXT_CONTINUE;
    case ANSWER_AND_END:
      ret->action = RSP_SERVER_STOP_REPLY;
      ret->reply = request;
      ret->reason = child.tree->normal;
      return RSP_NEXT_CONTINUE;
    default:
      return RSP_NEXT_CONTINUE;  // silent
  }
}

/// What nobody waits for. The end of another asks for nothing.
bool is_told_to(rsp_msg* msg, Request what) {
  const rsp_msg_kind kind = rsp_msg_get_kind(msg);
  return kind != RSP_MSG_EXIT && kind != RSP_MSG_DOWN && as_int(rsp_msg_term(msg)) == what;
}

rsp_next do_as_told(rsp_self* self, const Child& child, rsp_msg* msg, rsp_server_return* ret) {
  if (is_told_to(msg, CRASH)) return rsp_exit(self, child.tree->crash);
  if (is_told_to(msg, END)) {
    ret->action = RSP_SERVER_STOP;
    ret->reason = child.tree->normal;
  }
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_cast(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return* ret) {
  if (is_told_to(msg, THROW)) {
    RSP_SOMETIMES("handle_cast of a child throws");
    throw_something();
  }
  ret->has_continue = is_told_to(msg, ANSWER);
  return do_as_told(self, *static_cast<Child*>(state), msg, ret);
}

rsp_next handle_info(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return* ret) {
  if (is_told_to(msg, THROW)) {
    RSP_SOMETIMES("handle_info of a child throws");
    throw_something();
  }
  return do_as_told(self, *static_cast<Child*>(state), msg, ret);
}

rsp_next handle_continue(rsp_self* self, void* state, rsp_term, rsp_server_return*) {
  const Child& child = *static_cast<Child*>(state);
  if (fails_now(*child.tree)) return rsp_exit(self, child.tree->crash);
  if (fails_now(*child.tree)) {
    RSP_SOMETIMES("handle_continue of a child throws");
    throw_something();
  }
  return RSP_NEXT_CONTINUE;
}

/// Of a state machine: what comes from outside as a server takes it; what it has inserted itself, and its entries, may throw.
rsp_next handle_event(rsp_self* self, void* data, const rsp_event* event, rsp_server_return* ret) {
  const Child& child = *static_cast<Child*>(data);
  switch (event->type) {
    case RSP_EVENT_CALL:
      return handle_call(self, data, event->msg, event->from, ret);
    case RSP_EVENT_CAST:
      if (is_told_to(event->msg, ANSWER)) {
        const rsp_result inserted = rsp_statem_next_event(self, RSP_EVENT_INTERNAL, rsp_from{}, NIL);
        const rsp_result changed = rsp_statem_next_state(self, rsp_term_int(below(2)));
        if (inserted != RSP_OK || changed != RSP_OK)
          return RSP_NEXT_CONTINUE;  // it is to end, or memory is short
      }
      [[fallthrough]];
    case RSP_EVENT_INFO:
      if (is_told_to(event->msg, THROW)) throw_something();
      return do_as_told(self, child, event->msg, ret);
    default:
      if (!fails_now(*child.tree)) return RSP_NEXT_CONTINUE;
      RSP_SOMETIMES("an event of a state machine's own throws");
      throw_something();
  }
}

rsp_next end_of_pause(rsp_self*, rsp_msg*, void* state) {
  Child& child = *static_cast<Child*>(state);
  child.ends_slowly = false;
  child.slow_until_ns = rsp::env::now_ns();
  return RSP_NEXT_CONTINUE;
}

rsp_next terminate(rsp_self* self, void* state, rsp_term reason) {
  Child& child = *static_cast<Child*>(state);
  const Tree& tree = *child.tree;
  if (show(reason) == "shutdown") {
    child.told_ns = rsp::env::now_ns();
    if (!child.by_call) expect_none_behind(child, "told to end");
  }
  // A callback that fails in its turn, or is met by a kill, or takes its time.
  if (chance(4)) return rsp_exit(self, tree.crash);
  if (chance(6)) throw_something();
  if (chance(4)) {
    const rsp_result killed = rsp_exit_signal(nullptr, child.pid, tree.kill);
    EXPECT_TRUE(killed == RSP_OK || (killed == RSP_ENOMEM && tree.scarce)) << rsp_result_name(killed);
  }
  rsp_ref alias;
  if (tree.calm || chance(2) || rsp_alias(self, &alias, RSP_ALIAS_EXPLICIT) != RSP_OK)
    return RSP_NEXT_CONTINUE;
  child.ends_slowly = true;
  return rsp_await(self, alias, below(LONGEST_END_MS + 1), &end_of_pause, state);
}

void free_state(void* state) {
  Child& child = *static_cast<Child*>(state);
  EXPECT_TRUE(child.lives()) << "I7: freed twice";
  --child.living;
  child.ended_ns = rsp::env::now_ns();
  if (child.ends_slowly) child.slow_until_ns = child.ended_ns;  // it was killed at it
  const uint64_t told_ns = std::exchange(child.told_ns, 0);
  const Tree& tree = *child.tree;
  const bool may_take_longer = tree.hurried || tree.root_killed || tree.scarce || tree.is_left_alone(child);
  if (told_ns == 0 || child.patience_ms == 0 || may_take_longer) return;
  if (child.ends_slowly) RSP_SOMETIMES("a child that ends slowly is killed");
  EXPECT_LE(child.ended_ns, told_ns + child.patience_ms * NS_IN_MS) << "I8: it was given more than its time";
}

rsp_next init_machine(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  const Tree& tree = *static_cast<const Child*>(ctx)->tree;
  if (rsp_statem_state_enter(self) != RSP_OK) return rsp_exit(self, tree.crash);  // or it is to end
  return init(self, ctx, args, ret);
}

constexpr rsp_server_ops OPS = {.size = sizeof(rsp_server_ops),
                                .name = "child",
                                .init = &init,
                                .handle_call = &handle_call,
                                .handle_cast = &handle_cast,
                                .handle_info = &handle_info,
                                .handle_continue = &handle_continue,
                                .terminate = &terminate,
                                .free_state = &free_state,
                                .restart = RSP_RESTART_DEFAULT,
                                .shutdown = RSP_SHUTDOWN_DEFAULT,
                                .shutdown_ms = 0,
                                .format_status = nullptr,
                                .run = nullptr,
                                .handle_event = nullptr};

constexpr rsp_server_ops MACHINE_OPS = {.size = sizeof(rsp_server_ops),
                                        .name = "machine",
                                        .init = &init_machine,
                                        .handle_call = nullptr,
                                        .handle_cast = nullptr,
                                        .handle_info = nullptr,
                                        .handle_continue = nullptr,
                                        .terminate = &terminate,
                                        .free_state = &free_state,
                                        .restart = RSP_RESTART_DEFAULT,
                                        .shutdown = RSP_SHUTDOWN_DEFAULT,
                                        .shutdown_ms = 0,
                                        .format_status = nullptr,
                                        .run = nullptr,
                                        .handle_event = &handle_event};

/// The last step of a start function: names the child, or fails although it is there.
rsp_next name_child(rsp_self* self, rsp_msg*, void* ctx) {
  Child& child = *static_cast<Child*>(ctx);
  if (fails_now(*child.tree)) return rsp_exit(self, child.tree->crash);
  if (fails_now(*child.tree)) throw_something();
  child.ret->pid = child.pid;
  if (fails_now(*child.tree)) child.ret->action = RSP_START_ERROR;
  if (fails_now(*child.tree)) child.ret->pid = rsp_self_pid(self);
  return RSP_NEXT_CONTINUE;
}

/// The child is up, or not; the function takes another turn, and no time.
rsp_next child_started(rsp_self* self, const rsp_outcome* outcome, void* ctx) {
  Child& child = *static_cast<Child*>(ctx);
  if (outcome->result != RSP_OK) {
    child.ret->action = RSP_START_ERROR;
    child.ret->reason = rsp_term_copy(outcome->error);
    return RSP_NEXT_CONTINUE;
  }
  if (chance(2)) return name_child(self, nullptr, ctx);
  rsp_ref alias;
  if (rsp_alias(self, &alias, RSP_ALIAS_EXPLICIT) != RSP_OK) return RSP_NEXT_CONTINUE;  // it is to end
  return rsp_await(self, alias, 0, &name_child, ctx);
}

rsp_next start_function(rsp_self* self, void* ctx, rsp_term, rsp_start_return* ret) {
  Child& child = *static_cast<Child*>(ctx);
  child.ret = ret;
  child.tree->starter = rsp_self_pid(self);
  if (fails_now(*child.tree)) return rsp_exit(self, child.tree->crash);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &OPS;
  spec.ctx = ctx;
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = true;
  return rsp_await_start(self, &spec, &opts, &child_started, ctx);
}

constexpr rsp_start_more BY_FUNCTION = {sizeof(rsp_start_more), &start_function, "start_function"};

}  // namespace

rsp_child_spec spec_of(Child& child) {
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = rsp_term_int(child.index);
  spec.start.ctx = &child;
  if (chance(2)) {
    spec.start.ops = chance(3) ? &MACHINE_OPS : &OPS;
  } else {
    spec.start.more = &BY_FUNCTION;
  }
  spec.restart = child.restart;
  if (chance(3)) {
    spec.shutdown = RSP_SHUTDOWN_BRUTAL_KILL;
  } else if (chance(2)) {
    child.patience_ms = 1 + below(LONGEST_PATIENCE_MS);
    spec.shutdown = RSP_SHUTDOWN_TIMEOUT;
    spec.shutdown_ms = child.patience_ms;
  }
  if (child.restart != RSP_RESTART_TEMPORARY && chance(3)) {
    child.backoff.min_ms = 1 + below(2);
    spec.backoff = &child.backoff;
  }
  const bool may_be_significant = child.is_direct() && child.restart != RSP_RESTART_PERMANENT &&
                                  child.tree->auto_shutdown != RSP_AUTO_SHUTDOWN_NEVER;
  child.significant = may_be_significant && chance(2);
  spec.significant = child.significant ? 1 : 0;
  return spec;
}

}  // namespace supervision
