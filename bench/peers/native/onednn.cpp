// oneDNN's LSTM and "linear before reset" GRU primitives.
#include <algorithm>
#include <unordered_map>

#include <oneapi/dnnl/dnnl.hpp>

#include "recurrent_peer.h"

namespace peer {
namespace {

using dnnl::memory;
using tag = memory::format_tag;

class OneDnn final : public Recurrent {
 public:
  explicit OneDnn(const Problem& p) : p_(p), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    const int64_t width = p.gates() * p.units;
    // Weights wherever the library likes them best, or where they lie.
    const tag layout = p.variant == 0 ? tag::any : tag::ldigo;
    memory::desc weights({1, 1, p.features, p.gates(), p.units}, memory::data_type::f32, layout);
    memory::desc recurrent({1, 1, p.units, p.gates(), p.units}, memory::data_type::f32, layout);
    memory::desc bias({1, 1, 4, p.units}, memory::data_type::f32, tag::ldgo);
    Buffer bias_values(p.bias, 4 * p.units);
    // A GRU's biases of z and r are one; that of the state's part of the candidate stands behind.
    if (p.gru) {
      for (int64_t j = 0; j < 2 * p.units; ++j) bias_values.data()[j] += p.bias[width + j];
      for (int64_t j = 2 * p.units; j < width; ++j) bias_values.data()[p.units + j] = p.bias[width + j];
    }

    sequence_ = make_call(p.time, weights, recurrent, bias, false);
    single_ = make_call(1, weights, recurrent, bias, true);
    for (Call* call : {&sequence_, &single_}) {
      call->arguments[DNNL_ARG_WEIGHTS_LAYER] = placed(p.weights, p.features, call->weights);
      call->arguments[DNNL_ARG_WEIGHTS_ITER] = placed(p.recurrent_weights, p.units, call->recurrent);
      memory bias_memory(bias, engine_);
      std::copy_n(bias_values.data(), 4 * p.units, static_cast<float*>(bias_memory.get_data_handle()));
      call->arguments[DNNL_ARG_BIAS] = bias_memory;
    }
    std::copy_n(p.input, p.time * p.batch * p.features, floats(sequence_, DNNL_ARG_SRC_LAYER));
    std::copy_n(p.input, p.batch * p.features, floats(single_, DNNL_ARG_SRC_LAYER));
  }

  void run() override {
    sequence_.primitive.execute(stream_, sequence_.arguments);
    stream_.wait();
  }

  // The states go to and fro between two pairs of arrays.
  void step() override {
    single_.primitive.execute(stream_, single_.arguments);
    stream_.wait();
    std::swap(single_.arguments[DNNL_ARG_SRC_ITER], single_.arguments[DNNL_ARG_DST_ITER]);
    if (!p_.gru) std::swap(single_.arguments[DNNL_ARG_SRC_ITER_C], single_.arguments[DNNL_ARG_DST_ITER_C]);
  }

  const float* outputs() const override {
    return static_cast<const float*>(sequence_.arguments.at(DNNL_ARG_DST_LAYER).get_data_handle());
  }

 private:
  struct Call {
    dnnl::primitive primitive;
    memory::desc weights, recurrent;
    std::unordered_map<int, memory> arguments;
  };

  static float* floats(const Call& call, int argument) {
    return static_cast<float*>(call.arguments.at(argument).get_data_handle());
  }

  Call make_call(int64_t time, const memory::desc& weights, const memory::desc& recurrent,
                 const memory::desc& bias, bool with_states) {
    const auto f32 = memory::data_type::f32;
    const memory::desc source({time, p_.batch, p_.features}, f32, tag::tnc);
    const memory::desc target({time, p_.batch, p_.units}, f32, tag::tnc);
    const memory::desc state =
        with_states ? memory::desc({1, 1, p_.batch, p_.units}, f32, tag::ldnc) : memory::desc();
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
    const auto kind = dnnl::prop_kind::forward_inference;
    Call call;
    if (p_.gru) {
      const dnnl::lbr_gru_forward::primitive_desc description(engine_, kind, direction, source, state,
                                                              weights, recurrent, bias, target, state);
      finish(call, description);
      call.primitive = dnnl::lbr_gru_forward(description);
    } else {
      const dnnl::lstm_forward::primitive_desc description(engine_, kind, direction, source, state, state,
                                                           weights, recurrent, bias, target, state, state);
      finish(call, description);
      call.primitive = dnnl::lstm_forward(description);
      if (with_states) {
        call.arguments[DNNL_ARG_SRC_ITER_C] = zeroed(state);
        call.arguments[DNNL_ARG_DST_ITER_C] = zeroed(state);
      }
    }
    call.arguments[DNNL_ARG_SRC_LAYER] = zeroed(source);
    call.arguments[DNNL_ARG_DST_LAYER] = zeroed(target);
    if (with_states) {
      call.arguments[DNNL_ARG_SRC_ITER] = zeroed(state);
      call.arguments[DNNL_ARG_DST_ITER] = zeroed(state);
    }
    return call;
  }

  template <class Description>
  void finish(Call& call, const Description& description) {
    call.weights = description.weights_layer_desc();
    call.recurrent = description.weights_iter_desc();
    call.arguments[DNNL_ARG_WORKSPACE] = memory(description.workspace_desc(), engine_);
  }

  memory zeroed(const memory::desc& description) {
    memory made(description, engine_);
    std::fill_n(static_cast<char*>(made.get_data_handle()), description.get_size(), '\0');
    return made;
  }

  // A matrix of weights in the layout that the primitive asks for.
  memory placed(const float* values, int64_t rows, const memory::desc& wanted) {
    const memory::desc plain({1, 1, rows, p_.gates(), p_.units}, memory::data_type::f32, tag::ldigo);
    memory source(plain, engine_);
    std::copy_n(values, rows * p_.gates() * p_.units, static_cast<float*>(source.get_data_handle()));
    memory target(wanted, engine_);
    dnnl::reorder(source, target).execute(stream_, source, target);
    stream_.wait();
    return target;
  }

  Problem p_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Call sequence_, single_;
};

}  // namespace

std::unique_ptr<Recurrent> make(const Problem& problem) {
  return problem.variant < 2 ? std::make_unique<OneDnn>(problem) : nullptr;
}

}  // namespace peer

extern "C" __attribute__((visibility("default"))) const char* peer_version() {
  static const std::string text = [] {
    const dnnl_version_t* version = dnnl_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }();
  return text.c_str();
}
