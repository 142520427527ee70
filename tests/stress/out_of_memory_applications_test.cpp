// Memory runs out as applications are loaded, started and stopped, and in restarts that are delayed.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_next idle(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }
rsp_next nothing(rsp_self*, void*) { return RSP_NEXT_CONTINUE; }

/** All of the runtime's own processes for applications end with the controller. */
void end_controller(const Attached& me) {
  const rsp_pid controller = rsp_whereis(atom("application_controller"));
  if (controller != NO_PID) kill(me, controller);
}

/** Loads, starts and stops one, of which the step of this number is the scarce one. */
rsp_result live(const Attached& me, int scarce_step) {
  const uint64_t before = stats().processes;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("x");
  child.start.handler = idle;
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  top.children = &child;
  top.child_count = 1;
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
  spec.name = atom("scarce");
  spec.supervisor = &top;
  spec.prep_stop = nothing;
  spec.stop = nothing;
  const std::function<rsp_result()> steps[] = {
      [&] { return rsp_application_load(me, nullptr, &spec); },
      [&] {
        return rsp_application_ensure_all_started(me, nullptr, nullptr, spec.name, RSP_APPLICATION_TEMPORARY,
                                                  10 * LONG_MS);
      },
      [&] { return rsp_application_stop(me, nullptr, spec.name, 10 * LONG_MS); },
  };
  rsp_result result = RSP_OK;
  for (int step = 0; step < 3; ++step) {
    const rsp_result came = step == scarce_step ? scarce(steps[step]) : steps[step]();
    if (step == scarce_step) result = came;
    if (came != RSP_OK) break;
  }
  end_controller(me);
  wait_until([&] { return stats().processes <= before; });
  return result;
}

const std::set<rsp_result> ENDED = {RSP_EEXITED, RSP_ENOPROC, RSP_ETIMEDOUT};

const Scenario SCENARIOS[] = {
    {"application_load", [](const Attached& me) { return live(me, 0); }, ENDED},
    {"application_start", [](const Attached& me) { return live(me, 1); }, ENDED},
    {"application_stop", [](const Attached& me) { return live(me, 2); }, ENDED},
    {"a_delayed_restart",
     [](const Attached& me) {
       const uint64_t before = stats().processes;
       static const rsp_backoff backoff = {sizeof(rsp_backoff), 1, 1, 1.0, 0.0, 0};
       rsp_child_spec child = RSP_CHILD_SPEC_INIT;
       child.id = word("x");
       child.start.handler = idle;
       child.start.name = atom("bored");
       child.backoff = &backoff;
       rsp_pid supervisor = NO_PID;
       const rsp_result result = scarce([&] {
         const rsp_result started =
             rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr);
         if (started != RSP_OK) return started;
         const rsp_pid former = rsp_whereis(child.start.name);
         const rsp_result told = rsp_exit_signal(me, former, word("x"));
         if (told != RSP_OK) return told;
         // The supervisor has it started again, or has ended for want of memory.
         wait_until([&] {
           const rsp_pid now = rsp_whereis(child.start.name);
           bool is_alive = false;
           const rsp_result asked = rsp_is_alive(me, &is_alive, supervisor, LONG_MS);
           return (now != NO_PID && now != former) || (asked == RSP_OK && !is_alive);
         });
         return RSP_OK;
       });
       if (supervisor != NO_PID) kill(me, supervisor);
       wait_until([&] { return stats().processes <= before; });
       return result;
     },
     ENDED},
};

INSTANTIATE_TEST_SUITE_P(InApplications, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
