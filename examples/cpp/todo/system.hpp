// The tree.
//
//     system        rest_for_one: the lists have what the database said, so they begin anew when it does
//       database
//       cache       a dynamic supervisor
//         bob       the server of a list, from the first time that somebody asks for it
#pragma once

#include "todo_list.hpp"

// Starts all of it, linked to the caller.
inline resprout::supervisor_ref start_system(const std::string& directory, int restarts,
                                             resprout::timeout period) {
  using namespace resprout;
  return supervisor(rest_for_one)
      .name("system")
      .max_restarts(restarts, period)
      .child<database>("database", directory)
      .child(child_spec(supervisor(dynamic).name("cache").max_restarts(restarts, period)).id(atom("cache")))
      .start_link();
}

// The server of a list: the one that there is, or a new one.
inline resprout::pid server_process(const std::string& list) {
  const resprout::atom registered("list " + list);
  if (const resprout::pid there = resprout::whereis(registered)) return there;
  const resprout::supervisor_ref cache(resprout::whereis("cache"));
  return cache.start_child(resprout::server<todo_list>(list).name(registered));
}
