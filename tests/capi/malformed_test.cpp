// Every function with arguments that are malformed: badarg, and nothing has changed.
#include <vector>

#include "tests/capi/bad_call.hpp"
#include "tests/capi/misuse.hpp"

using namespace capi_test;

namespace {

class Malformed : public Misuse {};

TEST_F(Malformed, arguments_are_badarg_whoever_calls) {
  const Attached me;
  World w(me);
  const rsp_pid far = {w.pid.id, 1, 1};
  const rsp_term no_term = {200, 0};
  const rsp_atom no_atom = {UINT32_MAX};
  rsp_ref no_ref = w.ref;
  no_ref.len = 3;
  rsp_ref far_ref = w.ref;
  far_ref.node = 1;
  rsp_from other_owner = w.from;
  other_owner.pid = w.pid;
  rsp_monitor_opts bad_alias = RSP_MONITOR_OPTS_INIT;
  bad_alias.alias = static_cast<rsp_alias_mode>(4);
  rsp_monitor_opts bad_tag = RSP_MONITOR_OPTS_INIT;
  bad_tag.tag = no_atom;
  rsp_monitor_opts bad_size = RSP_MONITOR_OPTS_INIT;
  bad_size.size = 2;
  rsp_receive_opts bad_receive = RSP_RECEIVE_OPTS_INIT;
  bad_receive.size = 0;
  std::vector<BadCall> calls = {
      {"exit_signal to no pid", [&](rsp_self* s) { return rsp_exit_signal(s, NO_PID, NIL); }},
      {"exit_signal to a far pid", [&](rsp_self* s) { return rsp_exit_signal(s, far, NIL); }},
      {"exit_signal of no term", [&](rsp_self* s) { return rsp_exit_signal(s, w.pid, no_term); }},
      {"is_alive of no pid", [&](rsp_self* s) { return rsp_is_alive(s, &w.flag_out, NO_PID, 0); }},
      {"is_alive of a far pid", [&](rsp_self* s) { return rsp_is_alive(s, &w.flag_out, far, 0); }},
      {"is_alive to nowhere", [&](rsp_self* s) { return rsp_is_alive(s, nullptr, w.pid, 0); }},
      {"set_label of no term", [&](rsp_self* s) { return rsp_set_label(s, no_term); }},
      {"get_label to nowhere", [&](rsp_self* s) { return rsp_get_label(s, nullptr); }},
      {"put of no key", [&](rsp_self* s) { return rsp_put(s, nullptr, no_term, NIL); }},
      {"put of no value", [&](rsp_self* s) { return rsp_put(s, nullptr, NIL, no_term); }},
      {"get of no key", [&](rsp_self* s) { return rsp_get(s, &w.term_out, no_term); }},
      {"get to nowhere", [&](rsp_self* s) { return rsp_get(s, nullptr, NIL); }},
      {"erase of no key", [&](rsp_self* s) { return rsp_erase(s, nullptr, no_term); }},
      {"get_keys to nowhere", [&](rsp_self* s) { return rsp_get_keys(s, nullptr); }},
      {"suspend of no pid", [&](rsp_self* s) { return rsp_suspend(s, NO_PID, 0); }},
      {"suspend of a far pid", [&](rsp_self* s) { return rsp_suspend(s, far, 0); }},
      {"suspend_request of no pid", [&](rsp_self* s) { return rsp_suspend_request(s, &w.ref_out, NO_PID); }},
      {"suspend_request to nowhere", [&](rsp_self* s) { return rsp_suspend_request(s, nullptr, w.pid); }},
      {"resume of no pid", [&](rsp_self* s) { return rsp_resume(s, NO_PID); }},
      {"alive_request of no pid", [&](rsp_self* s) { return rsp_alive_request(s, &w.ref_out, NO_PID); }},
      {"alive_request to nowhere", [&](rsp_self* s) { return rsp_alive_request(s, nullptr, w.pid); }},
      {"process_info of no pid", [&](rsp_self* s) { return rsp_process_info(s, &w.term_out, NO_PID, 0); }},
      {"process_info to nowhere", [&](rsp_self* s) { return rsp_process_info(s, nullptr, w.pid, 0); }},
      {"process_info_request of no pid",
       [&](rsp_self* s) { return rsp_process_info_request(s, &w.ref_out, NO_PID); }},
      {"process_info_request to nowhere",
       [&](rsp_self* s) { return rsp_process_info_request(s, nullptr, w.pid); }},
      {"region_alloc to nowhere", [&](rsp_self* s) { return rsp_region_alloc(s, nullptr, 1); }},
      {"resource_add without a function",
       [&](rsp_self* s) { return rsp_resource_add(s, nullptr, nullptr, &w); }},
      {"send to no pid", [&](rsp_self* s) { return rsp_send(s, NO_PID, NIL); }},
      {"send to a far pid", [&](rsp_self* s) { return rsp_send(s, far, NIL); }},
      {"send of no term", [&](rsp_self* s) { return rsp_send(s, w.pid, no_term); }},
      {"send_native without operations", [&](rsp_self* s) { return rsp_send_native(s, w.pid, &w, nullptr); }},
      {"send_native to no pid", [&](rsp_self* s) { return rsp_send_native(s, NO_PID, &w, &OPS); }},
      {"send_name to no atom", [&](rsp_self* s) { return rsp_send_name(s, no_atom, NIL); }},
      {"send_name to undefined", [&](rsp_self* s) { return rsp_send_name(s, rsp_atom{0}, NIL); }},
      {"send_name of no term", [&](rsp_self* s) { return rsp_send_name(s, w.name, no_term); }},
      {"send_alias to no reference", [&](rsp_self* s) { return rsp_send_alias(s, no_ref, NIL); }},
      {"send_alias to a far reference", [&](rsp_self* s) { return rsp_send_alias(s, far_ref, NIL); }},
      {"send_alias of no term", [&](rsp_self* s) { return rsp_send_alias(s, w.ref, no_term); }},
      {"reply to nobody", [&](rsp_self* s) { return rsp_reply(s, rsp_from{}, NIL); }},
      {"reply to a mixed address", [&](rsp_self* s) { return rsp_reply(s, other_owner, NIL); }},
      {"reply of no term", [&](rsp_self* s) { return rsp_reply(s, w.from, no_term); }},
      {"reply_native to nobody", [&](rsp_self* s) { return rsp_reply_native(s, rsp_from{}, &w, &OPS); }},
      {"reply_native without operations",
       [&](rsp_self* s) { return rsp_reply_native(s, w.from, &w, nullptr); }},
      {"receive to nowhere", [&](rsp_self* s) { return rsp_receive(s, nullptr, nullptr); }},
      {"receive with options of no size",
       [&](rsp_self* s) { return rsp_receive(s, &w.msg_out, &bad_receive); }},
      {"send_request to no pid", [&](rsp_self* s) { return rsp_send_request(s, &w.ref_out, NO_PID, NIL); }},
      {"send_request of no term",
       [&](rsp_self* s) { return rsp_send_request(s, &w.ref_out, w.pid, no_term); }},
      {"send_request to nowhere", [&](rsp_self* s) { return rsp_send_request(s, nullptr, w.pid, NIL); }},
      {"send_request_native without operations",
       [&](rsp_self* s) { return rsp_send_request_native(s, &w.ref_out, w.pid, &w, nullptr); }},
      {"receive_response to nowhere",
       [&](rsp_self* s) { return rsp_receive_response(s, nullptr, w.ref, 0); }},
      {"receive_response of no reference",
       [&](rsp_self* s) { return rsp_receive_response(s, &w.msg_out, no_ref, 0); }},
      {"abandon_request of no reference", [&](rsp_self* s) { return rsp_abandon_request(s, no_ref); }},
      {"wait_response to nowhere", [&](rsp_self* s) { return rsp_wait_response(s, nullptr, w.ref, 0); }},
      {"wait_response of no reference",
       [&](rsp_self* s) { return rsp_wait_response(s, &w.msg_out, no_ref, 0); }},
      {"send_request_name to no atom",
       [&](rsp_self* s) { return rsp_send_request_name(s, &w.ref_out, no_atom, NIL); }},
      {"send_request_name of no term",
       [&](rsp_self* s) { return rsp_send_request_name(s, &w.ref_out, w.name, no_term); }},
      {"send_request_name to nowhere",
       [&](rsp_self* s) { return rsp_send_request_name(s, nullptr, w.name, NIL); }},
      {"send_request_name_native without operations",
       [&](rsp_self* s) { return rsp_send_request_name_native(s, &w.ref_out, w.name, &w, nullptr); }},
      {"reqids_new to nowhere", [&](rsp_self* s) { return rsp_reqids_new(s, nullptr); }},
      {"reqids_send_request into nothing",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, nullptr, w.pid, NIL, NIL); }},
      {"reqids_send_request to no pid",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, w.ids, NO_PID, NIL, NIL); }},
      {"reqids_send_request of no term",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, w.ids, w.pid, no_term, NIL); }},
      {"reqids_send_request with no label",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, w.ids, w.pid, NIL, no_term); }},
      {"reqids_receive_response of nothing",
       [&](rsp_self* s) { return rsp_reqids_receive_response(s, &w.msg_out, nullptr, nullptr, true, 0); }},
      {"reqids_wait_response to nowhere",
       [&](rsp_self* s) { return rsp_reqids_wait_response(s, nullptr, nullptr, w.ids, true, 0); }},
      {"multi_call to nowhere",
       [&](rsp_self* s) { return rsp_multi_call(s, nullptr, &w.node, 1, w.name, NIL, 0); }},
      {"multi_call of no nodes",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, nullptr, 1, w.name, NIL, 0); }},
      {"multi_call of no atom",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &no_atom, 1, w.name, NIL, 0); }},
      {"multi_call to undefined",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &w.node, 1, rsp_atom{0}, NIL, 0); }},
      {"multi_call of no term",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &w.node, 1, w.name, no_term, 0); }},
      {"abcast to no atom", [&](rsp_self* s) { return rsp_abcast(s, &w.node, 1, no_atom, NIL); }},
      {"abcast of no nodes", [&](rsp_self* s) { return rsp_abcast(s, nullptr, 1, w.name, NIL); }},
      {"abcast of no term", [&](rsp_self* s) { return rsp_abcast(s, &w.node, 1, w.name, no_term); }},
      {"cast_name to no atom", [&](rsp_self* s) { return rsp_cast_name(s, no_atom, NIL); }},
      {"cast_name of no term", [&](rsp_self* s) { return rsp_cast_name(s, w.name, no_term); }},
      {"cast_name_native without operations",
       [&](rsp_self* s) { return rsp_cast_name_native(s, w.name, &w, nullptr); }},
      {"cast to no pid", [&](rsp_self* s) { return rsp_cast(s, NO_PID, NIL); }},
      {"cast of no term", [&](rsp_self* s) { return rsp_cast(s, w.pid, no_term); }},
      {"cast_native without operations", [&](rsp_self* s) { return rsp_cast_native(s, w.pid, &w, nullptr); }},
      {"link to no pid", [&](rsp_self* s) { return rsp_link(s, NO_PID); }},
      {"link_async to a far pid", [&](rsp_self* s) { return rsp_link_async(s, far); }},
      {"unlink of no pid", [&](rsp_self* s) { return rsp_unlink(s, NO_PID); }},
      {"monitor of no pid", [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, NO_PID, nullptr); }},
      {"monitor to nowhere", [&](rsp_self* s) { return rsp_monitor(s, nullptr, w.pid, nullptr); }},
      {"monitor with a mode that is none",
       [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, &bad_alias); }},
      {"monitor with a tag that is none",
       [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, &bad_tag); }},
      {"monitor with options of no size",
       [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, &bad_size); }},
      {"monitor_name of no atom",
       [&](rsp_self* s) { return rsp_monitor_name(s, &w.ref_out, no_atom, nullptr); }},
      {"monitor_name to nowhere", [&](rsp_self* s) { return rsp_monitor_name(s, nullptr, w.name, nullptr); }},
      {"demonitor of no reference", [&](rsp_self* s) { return rsp_demonitor(s, nullptr, no_ref, false); }},
      {"alias to nowhere", [&](rsp_self* s) { return rsp_alias(s, nullptr, RSP_ALIAS_EXPLICIT); }},
      {"alias without a mode", [&](rsp_self* s) { return rsp_alias(s, &w.ref_out, RSP_ALIAS_NONE); }},
      {"alias with a monitor's mode",
       [&](rsp_self* s) { return rsp_alias(s, &w.ref_out, RSP_ALIAS_DEMONITOR); }},
      {"unalias of no reference", [&](rsp_self* s) { return rsp_unalias(s, nullptr, far_ref); }},
      {"register of no atom", [&](rsp_self* s) { return rsp_register(s, no_atom, w.pid); }},
      {"register of undefined", [&](rsp_self* s) { return rsp_register(s, rsp_atom{0}, w.pid); }},
      {"register of no pid", [&](rsp_self* s) { return rsp_register(s, w.name, NO_PID); }},
      {"unregister of no atom", [&](rsp_self* s) { return rsp_unregister(s, no_atom); }},
      {"send_after to no pid", [&](rsp_self* s) { return rsp_send_after(s, &w.ref_out, 1, NO_PID, NIL); }},
      {"send_after to nowhere", [&](rsp_self* s) { return rsp_send_after(s, nullptr, 1, w.pid, NIL); }},
      {"send_after of no term",
       [&](rsp_self* s) { return rsp_send_after(s, &w.ref_out, 1, w.pid, no_term); }},
      {"send_after_name of no atom",
       [&](rsp_self* s) { return rsp_send_after_name(s, &w.ref_out, 1, no_atom, NIL); }},
      {"start_timer to no pid", [&](rsp_self* s) { return rsp_start_timer(s, &w.ref_out, 1, NO_PID, NIL); }},
      {"start_timer of no term",
       [&](rsp_self* s) { return rsp_start_timer(s, &w.ref_out, 1, w.pid, no_term); }},
      {"cancel_timer of no reference",
       [&](rsp_self* s) { return rsp_cancel_timer(s, &w.flag_out, nullptr, no_ref); }},
      {"cancel_timer to nowhere", [&](rsp_self* s) { return rsp_cancel_timer(s, nullptr, nullptr, w.ref); }},
      {"read_timer of no reference",
       [&](rsp_self* s) { return rsp_read_timer(s, &w.flag_out, nullptr, no_ref); }},
      {"select to nowhere", [&](rsp_self* s) { return rsp_select(s, nullptr, 0, RSP_SELECT_READ); }},
      {"select of no descriptor",
       [&](rsp_self* s) { return rsp_select(s, &w.ref_out, -1, RSP_SELECT_READ); }},
      {"select for nothing", [&](rsp_self* s) { return rsp_select(s, &w.ref_out, 0, 0); }},
      {"select for something else", [&](rsp_self* s) { return rsp_select(s, &w.ref_out, 0, 4); }},
      {"cancel_select to nowhere", [&](rsp_self* s) { return rsp_cancel_select(s, nullptr, w.ref); }},
      {"cancel_select of no reference",
       [&](rsp_self* s) { return rsp_cancel_select(s, &w.flag_out, no_ref); }},
  };
  const std::vector<BadCall> waiting_calls = {
      {"call to nowhere", [&](rsp_self* s) { return rsp_call(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"call of no pid", [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, NO_PID, NIL, 0); }},
      {"call of a far pid", [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, far, NIL, 0); }},
      {"call with no term", [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, w.pid, no_term, 0); }},
      {"call_native without operations",
       [&](rsp_self* s) { return rsp_call_native(s, &w.msg_out, nullptr, w.pid, &w, nullptr, 0); }},
      {"call_native to nowhere",
       [&](rsp_self* s) { return rsp_call_native(s, nullptr, nullptr, w.pid, &w, &OPS, 0); }},
      {"call_name of no atom",
       [&](rsp_self* s) { return rsp_call_name(s, &w.msg_out, nullptr, no_atom, NIL, 0); }},
      {"call_name_native without operations",
       [&](rsp_self* s) { return rsp_call_name_native(s, &w.msg_out, nullptr, w.name, &w, nullptr, 0); }},
      {"call_name_native of undefined",
       [&](rsp_self* s) { return rsp_call_name_native(s, &w.msg_out, nullptr, rsp_atom{0}, &w, &OPS, 0); }},
      {"call_name of undefined",
       [&](rsp_self* s) { return rsp_call_name(s, &w.msg_out, nullptr, rsp_atom{0}, NIL, 0); }},
      {"stop of no pid", [&](rsp_self* s) { return rsp_stop(s, nullptr, NO_PID, NIL, 0); }},
      {"stop of a far pid", [&](rsp_self* s) { return rsp_stop(s, nullptr, far, NIL, 0); }},
      {"stop for no term", [&](rsp_self* s) { return rsp_stop(s, nullptr, w.pid, no_term, 0); }},
      {"server_start to nowhere",
       [&](rsp_self* s) { return rsp_server_start(s, nullptr, nullptr, nullptr, &w.start, nullptr); }},
      {"server_start of nothing",
       [&](rsp_self* s) { return rsp_server_start(s, &w.pid_out, nullptr, nullptr, nullptr, nullptr); }},
      {"supervisor_start to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start(s, nullptr, nullptr, &w.child, 1, nullptr, nullptr); }},
      {"supervisor_start of children that are not there",
       [&](rsp_self* s) {
         return rsp_supervisor_start(s, &w.pid_out, nullptr, nullptr, 1, nullptr, nullptr);
       }},
      {"supervisor_start_spec of nothing",
       [&](rsp_self* s) { return rsp_supervisor_start_spec(s, &w.pid_out, nullptr, nullptr, nullptr); }},
      {"supervisor_start_child to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, nullptr, nullptr, w.pid, &w.child, 0); }},
      {"supervisor_start_child of nothing",
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, &w.pid_out, nullptr, w.pid, nullptr, 0); }},
      {"supervisor_start_child of no pid",
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, &w.pid_out, nullptr, NO_PID, &w.child, 0); }},
      {"supervisor_start_child_request to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start_child_request(s, nullptr, nullptr, w.pid, &w.child); }},
      {"supervisor_start_child_request of nothing",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_request(s, &w.ref_out, nullptr, w.pid, nullptr);
       }},
      {"supervisor_start_child_request of no pid",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_request(s, &w.ref_out, nullptr, NO_PID, &w.child);
       }},
      {"supervisor_start_child_info to nowhere",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_info(s, nullptr, &w.term_out, nullptr, w.pid, &w.child, 0);
       }},
      {"supervisor_start_child_args_info to nowhere",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_args_info(s, nullptr, &w.term_out, nullptr, w.pid, NIL, 0);
       }},
      {"supervisor_restart_child_info of no term",
       [&](rsp_self* s) {
         return rsp_supervisor_restart_child_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, {0xFF, 1}, 0);
       }},
      {"supervisor_which_children to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_which_children(s, nullptr, w.pid, 0); }},
      {"supervisor_which_children of a far pid",
       [&](rsp_self* s) { return rsp_supervisor_which_children(s, &w.term_out, far, 0); }},
      {"supervisor_count_children to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_count_children(s, nullptr, w.pid, 0); }},
      {"supervisor_terminate_child of a far pid",
       [&](rsp_self* s) { return rsp_supervisor_terminate_child(s, nullptr, far, NIL, 0); }},
      {"supervisor_terminate_child of no term",
       [&](rsp_self* s) {
         return rsp_supervisor_terminate_child(s, nullptr, w.pid, {0xFF, 1}, 0);
       }},
      {"supervisor_restart_child to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_restart_child(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"supervisor_start_child_args to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start_child_args(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"supervisor_start_child_args of no term",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_args(s, &w.pid_out, nullptr, w.pid, {0xFF, 1}, 0);
       }},
      {"supervisor_delete_child of no pid",
       [&](rsp_self* s) { return rsp_supervisor_delete_child(s, nullptr, NO_PID, NIL, 0); }},
      {"supervisor_get_childspec to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_get_childspec(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"supervisor_check_childspecs of children that are not there",
       [&](rsp_self*) {
         return rsp_supervisor_check_childspecs(nullptr, nullptr, 1, RSP_AUTO_SHUTDOWN_NEVER);
       }},
      {"supervisor_check_childspecs for no auto_shutdown",
       [&](rsp_self*) {
         return rsp_supervisor_check_childspecs(nullptr, &w.child, 1, static_cast<rsp_auto_shutdown>(3));
       }},
  };
  calls.insert(calls.end(), waiting_calls.begin(), waiting_calls.end());
  expect_badarg_whoever_calls(me, calls);
}

}  // namespace
