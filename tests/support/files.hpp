#pragma once
// SPDX-License-Identifier: BSL-1.0
// A file for the time of a test, in the system's folder for such files.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <lacuna/core/aligned.hpp>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

class temporary_file {
 public:
  explicit temporary_file(const std::string& bytes = {}) {
    static std::atomic<int> count{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    const std::string name = "lacuna_test_" + std::to_string(now) + "_" + std::to_string(count++);
    path_ = (std::filesystem::temp_directory_path() / name).string();
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() { std::remove(path_.c_str()); }

  const std::string& path() const { return path_; }
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

 private:
  std::string path_;
};

/// Characters as bytes.
inline array_view<const std::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), static_cast<index_t>(text.size())};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
