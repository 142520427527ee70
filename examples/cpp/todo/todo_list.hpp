// The server of one list. It remembers what the database said last, and answers from that while there is none.
#pragma once

#include <optional>

#include "database.hpp"

struct todo_list : resprout::gen_server<todo_list> {
  enum class refusal { UNAVAILABLE, NO_ENTRY };

  struct day {
    std::vector<std::pair<std::size_t, std::string>> titles;
    bool is_cached;
  };
  // Those of one day, with their numbers.
  struct entries {
    using reply = std::variant<day, refusal>;
    std::string date;
  };
  // The number of the new entry, or a refusal: then nothing was changed.
  struct add {
    using reply = std::variant<std::size_t, refusal>;
    std::string line;  // the date, a space, the title
  };
  // How many are left, or a refusal.
  struct remove {
    using reply = std::variant<std::size_t, refusal>;
    std::size_t number;
  };

  explicit todo_list(std::string list) : name(std::move(list)) {}

  resprout::flow handle(const entries& m, resprout::reply_to<entries::reply> from) {
    return load([this, date = m.date, from](bool is_fresh) {
      if (known) {
        from.reply(day{titles(date), !is_fresh});
      } else {
        from.reply(refusal::UNAVAILABLE);
      }
      return resprout::flow::go_on();
    });
  }

  resprout::flow handle(const add& m, resprout::reply_to<add::reply> from) {
    return load([this, line = m.line, from](bool is_fresh) {
      if (!is_fresh) return refuse(from, refusal::UNAVAILABLE);
      lines all = *known;
      all.push_back(line);
      return save(std::move(all), from);
    });
  }

  resprout::flow handle(const remove& m, resprout::reply_to<remove::reply> from) {
    return load([this, number = m.number, from](bool is_fresh) {
      if (!is_fresh) return refuse(from, refusal::UNAVAILABLE);
      if (number < 1 || number > known->size()) return refuse(from, refusal::NO_ENTRY);
      lines all = *known;
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(number) - 1);
      return save(std::move(all), from);
    });
  }

 private:
  using changed = std::variant<std::size_t, refusal>;

  // Asks the database, and goes on when it has answered; where it has ended, value() ends this server too.
  template <class Then>
  resprout::flow load(Then then) {
    return resprout::flow::wait_for(keeper.send_request(database::load{name}), resprout::call_time,
                                    [this, then](resprout::result<database::stored> answer) {
                                      database::stored kept = answer.value();
                                      lines* all = std::get_if<lines>(&kept);
                                      if (all != nullptr) known = std::move(*all);
                                      return then(all != nullptr);
                                    });
  }

  resprout::flow save(lines all, resprout::reply_to<changed> from) {
    return resprout::flow::wait_for(keeper.send_request(database::save{name, std::move(all)}),
                                    resprout::call_time,
                                    [this, from](resprout::result<database::stored> answer) {
                                      database::stored kept = answer.value();
                                      lines* now = std::get_if<lines>(&kept);
                                      if (now == nullptr) return refuse(from, refusal::UNAVAILABLE);
                                      known = std::move(*now);
                                      from.reply(known->size());
                                      return resprout::flow::go_on();
                                    });
  }

  static resprout::flow refuse(const resprout::reply_to<changed>& from, refusal why) {
    from.reply(why);
    return resprout::flow::go_on();
  }

  std::vector<std::pair<std::size_t, std::string>> titles(const std::string& date) const {
    std::vector<std::pair<std::size_t, std::string>> found;
    const std::string start = date + " ";
    for (std::size_t at = 0; at < known->size(); ++at) {
      const std::string& line = (*known)[at];
      if (line.compare(0, start.size(), start) == 0) found.emplace_back(at + 1, line.substr(start.size()));
    }
    return found;
  }

  resprout::server_ref<database> keeper{"database"};
  std::string name;
  std::optional<lines> known;
};
