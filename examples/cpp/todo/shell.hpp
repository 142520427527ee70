// The commands: examples/todo.md has them. It kills, waits and counts; what is started again the supervisors decide.
#pragma once

#include <algorithm>
#include <iostream>
#include <istream>
#include <string_view>

#include "system.hpp"

// What is wrong with a line.
struct bad_command : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The supervisor has given up.
struct system_ended : std::runtime_error {
  explicit system_ended(const resprout::term& why)
      : std::runtime_error("the system has ended: " + why.to_string()) {}
};

class shell {
 public:
  explicit shell(resprout::supervisor_ref system) : system_(system) {
    for (const char* part : {"database", "cache"}) meet(part, resprout::wait_for_name(part));
  }

  // All commands, up to quit or the end. Throws system_ended.
  void run(std::istream& commands) {
    for (std::string line; std::getline(commands, line);) {
      const std::string command = trimmed(line, " \t\r\n");
      if (command.empty() || command[0] == '#') continue;
      std::cout << "> " << command << '\n';
      if (command == "quit") return;
      try {
        obey(command);
      } catch (const bad_command& error) {
        std::cout << "error: " << error.what() << '\n';
      }
    }
  }

 private:
  // Who has a name now, and which incarnation that is.
  struct incarnation {
    std::string name;
    resprout::pid process;
    resprout::ref monitor;
    int number;
  };
  using names = std::vector<std::string>;

  void obey(const std::string& command) {
    const std::vector<std::string> f = fields(command);
    const std::string& word = f[0];
    const std::string usage = usage_of(word);
    if (word == "add" && f.size() == 4) {
      check_list(f[1]);
      check_date(f[2]);
      const std::size_t number = value_of(f[1], list(f[1]).call(todo_list::add{f[2] + " " + f[3]}));
      std::cout << f[1] << ": entry " << number << '\n';
    } else if (word == "entries" && f.size() == 3) {
      check_list(f[1]);
      check_date(f[2]);
      show_entries(f[1], f[2]);
    } else if (word == "delete" && f.size() == 3) {
      check_list(f[1]);
      const std::size_t number = checked_number(f[2]);
      const std::size_t left = value_of(f[1], list(f[1]).call(todo_list::remove{number}));
      std::cout << f[1] << ": " << left << " left\n";
    } else if (word == "database" && f.size() == 2 && (f[1] == "on" || f[1] == "off")) {
      database_.call(database::turn{f[1] == "on"});
      std::cout << "the database is " << f[1] << '\n';
    } else if (word == "crash" && f.size() == 2) {
      crash(f[1]);
    } else if (word == "status" && f.size() == 1) {
      const bool is_on = database_.call(database::is_available{});
      std::cout << who() << "; the database is " << (is_on ? "on" : "off") << '\n';
    } else {
      throw bad_command("use: " + usage);
    }
  }

  // ---- lists ----

  // The server of a list, which is there from now on.
  resprout::server_ref<todo_list> list(const std::string& name) {
    const resprout::pid process = server_process(name);
    if (find(name) == known_.end()) meet(name, process);
    return process;
  }

  void show_entries(const std::string& name, const std::string& date) {
    const todo_list::day day = value_of(name, list(name).call(todo_list::entries{date}));
    std::cout << name << ' ' << date << ": " << day.titles.size() << (day.is_cached ? " (cached)\n" : "\n");
    for (const auto& [number, title] : day.titles) std::cout << "  " << number << ' ' << title << '\n';
  }

  template <class T>
  static T value_of(const std::string& name, const std::variant<T, todo_list::refusal>& answer) {
    if (const T* value = std::get_if<T>(&answer)) return *value;
    const bool is_unavailable = std::get<todo_list::refusal>(answer) == todo_list::refusal::UNAVAILABLE;
    throw bad_command(name + (is_unavailable ? ": unavailable" : ": no_entry"));
  }

  // ---- crashes ----

  void crash(const std::string& name) {
    if (find(name) == known_.end())
      throw bad_command("nobody is called \"" + name + "\": " + joined(all_names()));
    const int64_t before = count();
    const resprout::pid lost = find(name)->process, cache = find("cache")->process;
    resprout::exit(lost, resprout::atom("kill"));
    say_end(name);
    const bool alone = !is_part(name) && is_replaced(resprout::supervisor_ref(cache), lost);
    const bool healed = alone || is_replaced(system_, is_part(name) ? lost : cache);
    names others;
    for (const std::string& other : all_names()) {
      // The database comes before the cache, and goes on without it.
      if (!alone && other != name && !(healed && other == "database")) others.push_back(other);
    }
    for (const std::string& other : others) say_end(other);
    if (!healed) give_up();
    meet_again(name);
    for (const std::string& other : others) meet_again(other);
    std::cout << "again: " << who() << ", " << before << " before\n";
  }

  // Asks until the supervisor has dealt with the end of this child. False: it has ended itself.
  static bool is_replaced(const resprout::supervisor_ref& supervisor, resprout::pid lost) {
    for (;;) {
      const auto children = supervisor.try_which_children();
      if (!children && children.error().code() == RSP_EEXITED) return false;
      const auto waits = [&](const auto& child) { return child.is_restarting || child.process == lost; };
      if (std::none_of(children.value().begin(), children.value().end(), waits)) return true;
    }
  }

  void say_end(const std::string& name) const {
    const resprout::ref monitor = find(name)->monitor;
    const auto down = resprout::receive(
        [&](const resprout::message& m) { return m.is_down() && m.reference() == monitor; });
    std::cout << name << " ended: " << down.content().to_string() << '\n';
  }

  [[noreturn]] void give_up() const {
    const auto end = resprout::receive(
        [&](const resprout::message& m) { return m.is_exit() && m.sender() == system_.pid(); });
    std::cout << "system ended: " << end.content().to_string() << '\n';
    throw system_ended(end.content());
  }

  // ---- who is there ----

  std::vector<incarnation>::const_iterator find(std::string_view name) const {
    return std::find_if(known_.begin(), known_.end(), [&](const auto& each) { return each.name == name; });
  }

  names all_names() const {
    names all;
    for (const incarnation& each : known_) all.push_back(each.name);
    return all;
  }

  void meet(const std::string& name, resprout::pid process) {
    known_.push_back({name, process, resprout::monitor(process), 1});
  }

  void meet_again(const std::string& name) {
    const resprout::pid process = is_part(name) ? resprout::wait_for_name(name) : server_process(name);
    incarnation& each = known_[static_cast<std::size_t>(find(name) - known_.begin())];
    each = {name, process, resprout::monitor(process), each.number + 1};
  }

  std::string who() const {
    names all;
    for (const incarnation& each : known_) all.push_back(each.name + " " + std::to_string(each.number));
    return joined(all) + "; " + std::to_string(count()) + " processes";
  }

  int64_t count() const {
    const resprout::supervisor_ref cache(find("cache")->process);
    return 1 + system_.count_children().active + cache.count_children().active;
  }

  // ---- words ----

  static bool is_part(std::string_view name) { return name == "database" || name == "cache"; }

  static std::string joined(const names& all) {
    std::string text;
    for (const std::string& name : all) text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  static std::string usage_of(const std::string& word) {
    static const std::pair<const char*, const char*> USES[] = {{"add", "add <list> <date> <title>"},
                                                               {"entries", "entries <list> <date>"},
                                                               {"delete", "delete <list> <number>"},
                                                               {"database", "database on|off"},
                                                               {"crash", "crash database|cache|<list>"},
                                                               {"status", "status"},
                                                               {"quit", "quit"}};
    names words;
    for (const auto& [first, usage] : USES) {
      if (word == first) return usage;
      words.emplace_back(first);
    }
    throw bad_command("there is no command \"" + word + "\": " + joined(words));
  }

  static std::string trimmed(const std::string& text, const char* blanks) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
  }

  // Up to four, between blanks; the fourth is all that is left.
  static std::vector<std::string> fields(std::string rest) {
    std::vector<std::string> found;
    while (found.size() < 3) {
      const std::size_t end = rest.find_first_of(" \t");
      if (end == std::string::npos) break;
      found.push_back(rest.substr(0, end));
      rest = trimmed(rest.substr(end), " \t");
    }
    found.push_back(rest);
    return found;
  }

  static bool all_of(const std::string& text, const char* letters) {
    return text.find_first_not_of(letters) == std::string::npos;
  }

  static void check_list(const std::string& text) {
    if (text.size() <= 31 && text[0] >= 'a' && text[0] <= 'z' &&
        all_of(text, "abcdefghijklmnopqrstuvwxyz0123456789_") && !is_part(text))
      return;
    throw bad_command("\"" + text + "\" is no name of a list: a letter, then up to 30 of a-z, 0-9 and _");
  }

  static void check_date(const std::string& text) {
    if (text.size() == 10 && text[4] == '-' && text[7] == '-' &&
        all_of(text.substr(0, 4) + text.substr(5, 2) + text.substr(8), "0123456789") &&
        text.substr(5, 2) >= "01" && text.substr(5, 2) <= "12" && text.substr(8) >= "01" &&
        text.substr(8) <= "31")
      return;
    throw bad_command("\"" + text + "\" is no date: YYYY-MM-DD");
  }

  static std::size_t checked_number(const std::string& text) {
    if (text.size() <= 9 && all_of(text, "0123456789")) return std::stoul(text);
    throw bad_command("\"" + text + "\" is no number of an entry");
  }

  resprout::supervisor_ref system_;
  resprout::server_ref<database> database_{"database"};
  std::vector<incarnation> known_;  // database, cache, and the lists as they came
};
