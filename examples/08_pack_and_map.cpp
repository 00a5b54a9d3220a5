// SPDX-License-Identifier: BSL-1.0
//
// Pack once, save, and let every later run map the file: no copy, no conversion. Scratch memory is reused, and the
// library says which loop will run.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <lacuna/interop/matrix_file.hpp>
#include <lacuna/lacuna.hpp>
#include <random>

int main() {
  lacuna::matrix<float> w(1024, 768), x(64, 768);
  std::mt19937 bits(1);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < w.rows() * w.cols(); ++i) w.data()[i] = value(bits);
  for (lacuna::index_t i = 0; i < x.rows() * x.cols(); ++i) x.data()[i] = value(bits);

  // The plain form is the field's own arrays; the packed one is 16-row panels, the same bytes on every machine.
  const auto a = lacuna::sparsify<lacuna::bitmap, lacuna::bf16>(w, lacuna::keep::per_row{0.3});
  const auto p = lacuna::pack(a);
  std::printf("%s: %zu bytes, packed %s: %zu bytes\n", lacuna::bitmap::name().c_str(), lacuna::stored_bytes(a),
              decltype(p)::pattern_type::name().c_str(), lacuna::stored_bytes(p));

  const std::string path = (std::filesystem::temp_directory_path() / "lacuna_layer.lacuna").string();
  lacuna::save(path, p);
  bool ok = true;
  {
    const lacuna::mapped_matrix<lacuna::packed_pattern<lacuna::bitmap, lacuna::bf16>, lacuna::bf16> mapped(path);
    lacuna::workspace scratch;
    const lacuna::exec where{lacuna::serial{}, lacuna::native{}, &scratch};
    for (const lacuna::index_t tokens : {1, 8, 64}) {
      const lacuna::matrix_view<const float> some(x.data(), tokens, x.cols());
      lacuna::matrix<float> y(tokens, w.rows()), z(tokens, w.rows());
      lacuna::linear(where, mapped, some, y);
      lacuna::linear(lacuna::exec{lacuna::serial{}, lacuna::scalar{}}, a, some, z);
      float worst = 0;
      for (lacuna::index_t i = 0; i < y.rows() * y.cols(); ++i)
        worst = std::max(worst, std::fabs(y.data()[i] - z.data()[i]));
      std::printf("%s\n   largest difference from the plain loop %.1e\n",
                  lacuna::plan::explain(where, p, tokens).text.c_str(), static_cast<double>(worst));
      ok = worst < 1e-3f && ok;
    }
  }
  std::filesystem::remove(path);
  return ok ? 0 : 1;
}
