// SPDX-License-Identifier: BSL-1.0
#include <lacuna/interop/mapped_file.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

static_assert(!std::is_copy_constructible_v<mapped_file> && std::is_nothrow_move_assignable_v<mapped_file>);

TEST_CASE("a mapped file is its bytes, and survives a move", "[interop]") {
  const std::string content = "lacuna\0gap\n" + std::string(10000, 'x');
  const test::temporary_file file(content);
  const auto text = [](const mapped_file& f) { return std::string(f.text().begin(), f.text().end()); };

  mapped_file a(file.path());
  CHECK(text(a) == content);
  const std::byte* const at = a.bytes().data();
  mapped_file b(std::move(a));
  CHECK(a.bytes().size() == 0);
  CHECK(b.bytes().data() == at);
  mapped_file c;
  CHECK(c.bytes().size() == 0);
  c = std::move(b);
  CHECK(text(c) == content);
  c = mapped_file(file.path());
  CHECK(text(c) == content);
}

TEST_CASE("an empty file is an empty view", "[interop]") {
  const test::temporary_file file;
  CHECK(mapped_file(file.path()).bytes().size() == 0);
}

TEST_CASE("what is no readable file is refused with its path", "[interop]") {
  const std::string missing = "/nowhere/lacuna.mtx";
  const std::string got = test::refusal([&] { mapped_file f(missing); });
  CHECK(got.find("io: file: need a file that can be opened; got ") == 0);
  CHECK(got.find(missing) != std::string::npos);
  const std::string folder = std::filesystem::temp_directory_path().string();
  CHECK(test::refusal([&] { mapped_file f(folder); }).find("io: file: need a regular file; got ") == 0);
}
