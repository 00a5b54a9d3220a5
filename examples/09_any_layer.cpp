// SPDX-License-Identifier: BSL-1.0
//
// A model whose layers are stored in different forms: each file says what it holds, and one type takes them all.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <lacuna/interop/any_file.hpp>
#include <lacuna/lacuna.hpp>
#include <random>
#include <vector>

namespace {

// The forms that this program is compiled for; without a list, load takes those of any_linear::default_forms.
using forms = lacuna::forms<lacuna::packed_matrix<lacuna::dense, lacuna::int8<32>>,
                            lacuna::packed_matrix<lacuna::bitmap, lacuna::bf16>>;

lacuna::matrix<float> normal(lacuna::index_t rows, lacuna::index_t cols, unsigned seed) {
  lacuna::matrix<float> m(rows, cols);
  std::mt19937 bits(seed);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < rows * cols; ++i) m.data()[i] = value(bits);
  return m;
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string up = (folder / "lacuna_up.lacuna").string(),
                    down = (folder / "lacuna_down.lacuna").string();
  const auto w_up = normal(512, 256, 1), w_down = normal(256, 512, 2), x = normal(4, 256, 3);

  // One layer keeps all its weights in 8 bits, the other a third of them in bf16.
  const auto a_up = lacuna::encode<lacuna::dense, lacuna::int8<32>>(w_up);
  const auto a_down = lacuna::sparsify<lacuna::bitmap, lacuna::bf16>(w_down, lacuna::keep::per_row{0.33});
  lacuna::save(up, lacuna::pack(a_up));
  lacuna::save(down, lacuna::pack(a_down));

  double worst = 0, largest = 0;
  {
    std::vector<lacuna::any_linear> model;
    for (const std::string& path : {up, down}) model.push_back(lacuna::load<forms>(path));

    lacuna::matrix<float> hidden(4, 512), y(4, 256), hidden_plain(4, 512), y_plain(4, 256);
    lacuna::linear(model[0], x, hidden);
    lacuna::linear(model[1], hidden, y);
    for (const auto& layer : model)
      std::printf("%td x %td, %s: %zu bytes\n", layer.rows(), layer.cols(), layer.form().c_str(),
                  layer.bytes());

    const lacuna::exec plain{lacuna::serial{}, lacuna::scalar{}};
    lacuna::linear(plain, a_up, x, hidden_plain);
    lacuna::linear(plain, a_down, hidden_plain, y_plain);
    for (lacuna::index_t i = 0; i < y.rows() * y.cols(); ++i) {
      worst = std::max(worst, std::fabs(static_cast<double>(y.data()[i] - y_plain.data()[i])));
      largest = std::max(largest, std::fabs(static_cast<double>(y_plain.data()[i])));
    }
  }
  std::printf("largest difference from the plain loop: %.1e, of values up to %.0f\n", worst, largest);
  std::filesystem::remove(up);
  std::filesystem::remove(down);
  return worst < 1e-5 * largest ? 0 : 1;
}
