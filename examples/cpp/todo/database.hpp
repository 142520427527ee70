// The process that has the files: one for each list, a line for each entry.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <resprout/resprout.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

using lines = std::vector<std::string>;

// A disk that refuses is to be expected, and no reason to die: it is an answer.
struct unavailable {};

struct database : resprout::gen_server<database> {
  // What is kept of a list now.
  using stored = std::variant<lines, unavailable>;

  struct load {
    using reply = stored;
    std::string name;
  };
  // Puts a whole file in the place of the one before.
  struct save {
    using reply = stored;
    std::string name;
    lines all;
  };
  // As if the disk were lost, or there again.
  struct turn {
    using reply = void;
    bool on;
  };
  struct is_available {
    using reply = bool;
  };

  resprout::init_result init(const std::string& place) {
    directory = place;
    std::error_code error;
    std::filesystem::create_directory(directory, error);
    if (error) return resprout::init_result::stop(error.message());
    return {};
  }

  // A disk takes its time: other processes run meanwhile.
  stored handle(load m) {
    if (!is_on) return unavailable{};
    return resprout::blocking([&] { return read(directory / m.name); });
  }
  stored handle(save m) {
    if (!is_on) return unavailable{};
    return resprout::blocking([&] { return write(directory / m.name, std::move(m.all)); });
  }
  void handle(turn m) { is_on = m.on; }
  bool handle(is_available) { return is_on; }

 private:
  static stored read(const std::filesystem::path& file) {
    std::error_code error;
    const bool exists = std::filesystem::exists(file, error);
    if (error) return unavailable{};
    if (!exists) return lines{};
    std::ifstream in(file, std::ios::binary);
    if (!in) return unavailable{};
    lines all;
    for (std::string line; std::getline(in, line);) all.push_back(std::move(line));
    if (in.bad()) return unavailable{};
    return all;
  }

  static stored write(const std::filesystem::path& file, lines all) {
    const std::filesystem::path fresh = file.string() + ".new";
    std::ofstream out(fresh, std::ios::binary);
    for (const std::string& line : all) out << line << '\n';
    out.close();
    std::error_code error;
    if (out) std::filesystem::rename(fresh, file, error);
    if (!out || error) return unavailable{};
    return all;
  }

  std::filesystem::path directory;
  bool is_on = true;
};
