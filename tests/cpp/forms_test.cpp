// Both forms of each call that can fail say the same of the same input: docs/forms.md lists them, and tests/tidy holds this
// file against the list.
#include <stdexcept>
#include <typeinfo>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** What a piece of code throws: its type, what it says, and what a process would end for. */
template <class Code>
std::string thrown(Code code) {
  const auto told = [](const auto& exception) {
    std::string text = typeid(exception).name();
    if (const auto* error = dynamic_cast<const std::exception*>(&exception)) text += error->what();
    if (const auto* error = dynamic_cast<const Error*>(&exception)) text += rsp_result_name(error->code());
    return text;
  };
  try {
    code();
  } catch (const raised& exception) {
    return exception.text() + exception.reason().to_string();
  } catch (const std::exception& exception) {
    return told(exception);
  }
  return "nothing was thrown";
}

template <class Returning, class Throwing>
void agree(const char* what, Returning returning, Throwing throwing) {
  const auto failed = returning();
  ASSERT_TRUE(failed.is_err()) << what;
  EXPECT_EQ(thrown([&] { failed.error().raise(); }), thrown(throwing)) << what;
}

/** `of` is what stands before the name: an object and a dot, or nothing. */
#define AGREE(of, name, ...) \
  agree(                     \
      #name, [&] { return of try_##name(__VA_ARGS__); }, [&] { (void)of name(__VA_ARGS__); })

struct quiet : gen_server<quiet> {
  struct ask {
    using reply = void;
  };
  init_result init(bool runs = true) { return runs ? init_result() : init_result::stop("no"_atom); }
  struct tell {};
  void handle(ask, reply_to<void>) {}
  void handle(tell) {}
};

struct deaf : gen_event<deaf> {
  struct ask {
    using reply = void;
  };
  void handle_event(const message&) {}
  void handle(ask) {}
};

/** What no agent comes to hold. */
struct fails_to_be {
  fails_to_be() { throw std::runtime_error("never"); }
};

const pid NOBODY;
const ref NOTHING;

class Forms : public testing::TestWithParam<uint32_t> {
 public:
  ~Forms() override { rsp_set_report_sink(nullptr, nullptr); }

 protected:
  Forms() {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  }

  runtime rt_{{.workers = GetParam()}};
  attachment me_ = attach();
};

INSTANTIATE_TEST_SUITE_P(workers, Forms, testing::Values(1u, 2u, 8u));

// S-ERR-8; case 312
TEST_P(Forms, of_terms_agree) {
  agree(
      "term::from", [] { return term::try_from("\xff"); }, [] { (void)term("\xff"); });
  agree(
      "atom::from", [] { return atom::try_from("\xff"); }, [] { (void)atom("\xff"); });
  AGREE(term::, binary, nullptr, 1);
  AGREE(term::, tuple, 1, "\xff");
  const term list = term::list({1});
  AGREE(list., element, 1);
  AGREE(list., at, 1);
  AGREE(list., to<int>);
  AGREE(term(1)., size);
}

// S-ERR-8; case 312
TEST_P(Forms, of_processes_agree) {
  AGREE(, exit, NOBODY, 1);
  AGREE(, is_alive, NOBODY);
  AGREE(, suspend, NOBODY);
  AGREE(, resume, NOBODY);
  AGREE(, process_info, NOBODY);
  AGREE(, alive_request, NOBODY);
  AGREE(, process_info_request, NOBODY);
  AGREE(, suspend_request, self());
  AGREE(, link, NOBODY);
  AGREE(, link_async, NOBODY);
  AGREE(, unlink, NOBODY);
  AGREE(, monitor, NOBODY);
  AGREE(, monitor, atom());
  AGREE(, demonitor, NOTHING);
  AGREE(, alias, alias_mode::none);
  AGREE(, unalias, NOTHING);
  AGREE(, register_name, "free", NOBODY);
  AGREE(, unregister_name, "free");
  AGREE(, wait_for_name, "free", 0s);
  AGREE(, send, "free"_atom, 1);
  AGREE(, send_native, NOBODY, 1);
  AGREE(, receive, 0s);
  AGREE(, send_after, 1s, NOBODY, 1);
  AGREE(, start_timer, 1s, NOBODY, 1);
  AGREE(, cancel_timer, NOTHING);
  AGREE(, read_timer, NOTHING);
  AGREE(, attach);
  AGREE(, limit_mailbox, {.overflow = static_cast<overflow>(9)});
  const auto idle = [](message&) {};
  AGREE(, spawn, idle, {.worker = 99});
  AGREE(, spawn_link, idle, {.worker = 99});
  AGREE(, spawn_monitor, idle, {.worker = 99});
  agree(
      "runtime::start", [] { return runtime::try_start(); }, [] { (void)runtime(); });
}

// S-ERR-8; case 312
TEST_P(Forms, of_questions_to_behaviours_agree) {
  AGREE(sys::, get_status, NOBODY);
  AGREE(sys::, get_state, "free", 1s);
  AGREE(sys::, trace, "free"_atom, false);
}

// S-ERR-8; case 312
TEST_P(Forms, of_calls_agree) {
  AGREE(, call, "free"_atom, 1);
  AGREE(, cast, NOBODY, 1);
  AGREE(, send_request, NOBODY, 1);
  AGREE(, multi_call, std::vector<atom>{}, atom(), 1);
  AGREE(, abcast, std::vector<atom>{}, atom(), 1);
  AGREE(, stop, NOBODY);
  AGREE(reply_to<term>(rsp_from{})., reply, 1);
  AGREE(reply_to<void>(rsp_from{})., reply);
  AGREE(, init_ack_later);
  AGREE(, init_ack);
  const server_ref<quiet> server = quiet::start();
  AGREE(server., call, quiet::ask{}, 1ms);
  AGREE(server_ref<quiet>("free")., call, quiet::ask{});
  AGREE(server_ref<quiet>(NOBODY)., cast, quiet::tell{});
  AGREE(server_ref<quiet>(NOBODY)., send_request, quiet::ask{});
  const request<term> lost(NOTHING);
  AGREE(lost., receive, 0s);
  AGREE(lost., wait, 0s);
  AGREE(lost., abandon);
  send(self(), 1);
  message other = receive();
  AGREE(lost., answer_in, other);
}

// S-ERR-8; case 312
TEST_P(Forms, of_trees_agree) {
  trap_exit(true);
  AGREE(quiet::, start, false);
  AGREE(quiet::, start_link, false);
  const child_spec fails = resprout::server<quiet>(false);
  AGREE(fails., start);
  AGREE(fails., start_link);
  AGREE(fails., start_monitor);
  const supervisor fails_too = supervisor().child(fails);
  AGREE(fails_too., start);
  AGREE(fails_too., start_link);
  AGREE(supervisor::, check_childspecs, std::vector<child_spec>(2, fails));
  const supervisor_ref tree = supervisor().start();
  AGREE(tree., start_child, fails);
  AGREE(tree., start_child_info, fails);
  AGREE(tree., start_child_args, std::vector<term>{1});
  AGREE(tree., start_child_args_info, std::vector<term>{1});
  AGREE(tree., terminate_child, "none");
  AGREE(tree., restart_child, "none");
  AGREE(tree., restart_child_info, "none");
  AGREE(tree., delete_child, "none");
  AGREE(tree., get_childspec, "none");
  tree.stop();
  AGREE(tree., which_children);
  AGREE(tree., count_children);
  const supervisor_ref none(NOBODY);
  AGREE(none., start_child_request, fails);
  AGREE(none., start_child_info_request, fails);
  AGREE(none., start_child_args_request, std::vector<term>{1});
  AGREE(none., start_child_args_info_request, std::vector<term>{1});
  AGREE(none., terminate_child_request, "none");
  AGREE(none., restart_child_request, "none");
  AGREE(none., restart_child_info_request, "none");
  AGREE(none., delete_child_request, "none");
  AGREE(none., which_children_request);
  AGREE(none., count_children_request);
  AGREE(none., get_childspec_request, "none");
  AGREE(tree., stop);
}

// S-ERR-8; case 312
TEST_P(Forms, of_registries_agree) {
  const registry none("none");
  AGREE(none., register_key, 1);
  AGREE(none., unregister_key, 1);
  AGREE(none., update_value, 1, 2);
  AGREE(none., lookup, 1);
  AGREE(none., match, 1, 2);
  AGREE(none., whereis, 1);
  AGREE(none., keys, self());
  AGREE(none., count);
  AGREE(none., meta, 1);
  AGREE(none., put_meta, 1, 2);
  AGREE(none., delete_meta, 1);
  AGREE(none., send, 1, 2);
  AGREE(registry(atom())., cast, 1, 2);
  AGREE(none., call, 1, 2);
}

// S-ERR-8; case 312
TEST_P(Forms, of_partitions_agree) {
  const partition_supervisor none("none");
  AGREE(none., count);
  AGREE(none., whereis, 1);
  AGREE(none., send, 1, 2);
  AGREE(partition_supervisor(atom())., cast, 1, 2);
  AGREE(none., call, 1, 2);
  const extra_args more(term::list({1}));
  AGREE(more., at, 1);
}

// S-ERR-8; case 312
TEST_P(Forms, of_tasks_and_agents_agree) {
  const task<int> taken = async([] { return 1; });
  EXPECT_EQ(taken.await(), 1);
  AGREE(taken., await);
  AGREE(taken., yield);
  AGREE(taken., shutdown);
  AGREE(taken., ignore);
  const agent<int> nobody("nobody");
  AGREE(nobody., get);
  AGREE(nobody., update, [](int&) {});
  AGREE(nobody., get_and_update, [](int& value) { return value; });
  AGREE(agent<fails_to_be>::, start);
  trap_exit(true);
  AGREE(agent<fails_to_be>::, start_link);
  limit_mailbox({.max_messages = 1});
  const agent<int> full(self());
  full.cast([](int&) {});
  AGREE(full., cast, [](int&) {});
}

// S-ERR-8; case 312
TEST_P(Forms, of_collections_agree) {
  auto ids = reqids<>::new_();
  AGREE(ids., add, request<term>(NOTHING), 1);
  send(self(), 1);
  message taken = receive();
  const message moved = std::move(taken);
  AGREE(ids., check_response, taken);  // NOLINT(bugprone-use-after-move): of a message that was taken away
}

// S-ERR-8; case 312
TEST_P(Forms, of_tables_agree) {
  const ets gone = ets::new_();
  gone.delete_table();
  AGREE(gone., insert, 1, 2);
  AGREE(gone., insert_new, 1, 2);
  AGREE(gone., lookup, 1);
  AGREE(gone., member, 1);
  AGREE(gone., take, 1);
  AGREE(gone., delete_key, 1);
  AGREE(gone., update_counter, 1);
  AGREE(gone., first);
  AGREE(gone., next, 1);
  AGREE(gone., tab2list);
  AGREE(gone., info);
  AGREE(gone., give_away, self());
  AGREE(gone., set_heir, self());
  AGREE(gone., delete_table);
  AGREE(ets::, whereis, atom());
}

// S-ERR-8; case 312
TEST_P(Forms, of_groups_agree) {
  const scope none("none");
  AGREE(none., join, 1, self());
  AGREE(none., leave, 1, self());
  AGREE(none., monitor, 1);
  AGREE(none., monitor_scope);
  AGREE(none., demonitor, NOTHING);
  const scope nameless{atom()};
  AGREE(nameless., get_members, 1);
  AGREE(nameless., get_local_members, 1);
  AGREE(nameless., which_groups);
}

// S-ERR-8; case 312
TEST_P(Forms, of_event_managers_agree) {
  const event_manager nobody("nobody");
  AGREE(nobody., add_handler, handler<deaf>());
  AGREE(nobody., add_sup_handler, handler<deaf>());
  AGREE(nobody., delete_handler, "deaf"_atom);
  AGREE(nobody., swap_handler, "deaf"_atom, 1, handler<deaf>());
  AGREE(nobody., swap_sup_handler, "deaf"_atom, 1, handler<deaf>());
  AGREE(nobody., sync_notify, 1);
  AGREE(nobody., sync_notify_native, 1);
  AGREE(nobody., call, "deaf"_atom, 1);
  agree(
      "event_manager::call", [&] { return nobody.try_call<deaf>(deaf::ask{}); },
      [&] { nobody.call<deaf>(deaf::ask{}); });
  AGREE(nobody., which_handlers);
  const event_manager empty = event_manager::start();
  AGREE(empty., call, "deaf"_atom, 1);
  AGREE(empty., delete_handler, "deaf"_atom);
  stop(empty.pid());
  limit_mailbox({.max_messages = 1});
  const event_manager full(self());
  full.notify(1);
  AGREE(full., notify, 2);
  AGREE(full., notify_native, 2);
}

// S-ERR-8; case 312
TEST_P(Forms, of_what_state_machines_ask_for_agree) {
  AGREE(statem::, next_state, 1);
  AGREE(statem::, repeat_state);
  AGREE(statem::, postpone);
  AGREE(statem::, next_event, event_type::internal, 1);
  AGREE(statem::, next_event, reply_to<term>(rsp_from{}), 1);
  AGREE(statem::, next_event_native, event_type::internal, 1);
  AGREE(statem::, event_timeout, 1s);
  AGREE(statem::, state_timeout, 1s);
  AGREE(statem::, named_timeout, 1, 1s);
  AGREE(statem::, update_timeout, event_type::timeout, 1);
  AGREE(statem::, cancel_timeout, event_type::timeout);
  AGREE(statem::, state_enter);
  AGREE(statem::, state);
}

// S-ERR-8; case 312
TEST_P(Forms, of_applications_agree) {
  const application_ref nobody("nobody");
  AGREE(nobody., start);
  AGREE(nobody., ensure_all_started);
  AGREE(nobody., stop);
  AGREE(nobody., unload);
  AGREE(application("topless")., load);
}

// S-ERR-8; case 312: those that fail nowhere but where there is no process, or no runtime
TEST_P(Forms, of_calls_without_a_process_agree) {
  auto ids = reqids<>::new_();
  const std::vector<int> inputs{1};
  const auto code = [](int& n) { return n; };
  task_stream<std::vector<int>, std::decay_t<decltype(code)>> stream = async_stream(inputs, code);
  me_.detach();
  AGREE(ids., receive_response, 0s);
  AGREE(ids., wait_response, 0s);
  AGREE(stream., next);
  AGREE(stream., halt);
  AGREE(reqids<>::, new_);
  AGREE(ets::, new_);
  AGREE(, async, [] {});
  AGREE(, async_nolink, NOBODY, [] {});
  AGREE(, async_stream, inputs, code);
  AGREE(, trap_exit, true);
  AGREE(, checkpoint);
  AGREE(, bump_reductions, 1);
  AGREE(, make_ref);
  AGREE(, set_label, 1);
  AGREE(, get_label);
  AGREE(, put, 1, 2);
  AGREE(, get, 1);
  AGREE(, erase, 1);
  AGREE(, get_keys);
  AGREE(blocking_section::, begin);
  AGREE(, blocking, [] {});
  AGREE(me_., detach);
  AGREE(, init_stop, 0);
  AGREE(, run, supervisor().child<quiet>("twice").child<quiet>("twice"));
  rt_.stop();
  AGREE(rt_., stop);
  AGREE(rt_., run);
  AGREE(runtime::, stats);
  AGREE(event_manager::, start);
  AGREE(event_manager::, start_link);
  AGREE(, which_applications);
  AGREE(, loaded_applications);
}

}  // namespace
