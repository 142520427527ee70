// A to-do list that survives its crashes: Saša Jurić's example, under one supervisor (examples/todo.md).
//
//     todo [--seconds S] DIRECTORY [COMMANDS]
#include <cstdlib>

#include "shell.hpp"

namespace {

void run(const std::string& directory, std::istream& commands, long seconds) {
  resprout::runtime runtime;
  const resprout::attachment me = resprout::attach();
  resprout::trap_exit(true);  // the end of the system is a message to us, and not our own
  shell(start_system(directory, 3, std::chrono::seconds(seconds))).run(commands);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  long seconds = 5;
  if (arguments.size() > 1 && arguments[0] == "--seconds") {
    seconds = std::strtol(arguments[1].c_str(), nullptr, 10);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.empty() || arguments.size() > 2 || seconds < 1) {
    std::cerr << "use: todo [--seconds S] DIRECTORY [COMMANDS]\n";
    return 2;
  }
  std::ifstream file;
  if (arguments.size() == 2) {
    file.open(arguments[1]);
    if (!file) {
      std::cerr << "todo: " << arguments[1] << " cannot be read\n";
      return 2;
    }
  }
  try {
    run(arguments[0], arguments.size() == 2 ? file : std::cin, seconds);
  } catch (const std::exception& error) {
    std::cerr << "todo: " << error.what() << '\n';
    return 1;  // it gave up: the status that resprout::run gives to such an end
  }
  return 0;
}
