// A stranger's program in C++: knows only what was installed.
#include <cstdio>
#include <resprout/resprout.hpp>

struct doubler : resprout::gen_server<doubler> {
  struct twice {
    using reply = int;
    int what;
  };
  int handle(twice m) { return 2 * m.what; }
};

int main() {
  resprout::runtime rt;
  std::printf("%d\n", doubler::start().call(doubler::twice{21}));
}
