// An audio effect: streams a sound file through a trained LSTM, block by block, as a plug-in is called.
//
//   effect overdrive.rondo weights.npz in.wav out.wav [BLOCK]
//
// Each channel is a sample of the batch; the state stays from block to block, so that the size of the blocks
// (256 frames if not given) changes nothing.
#include <sndfile.hh>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <rondo/rondo.hpp>
#include <sstream>

namespace {

rondo::Model load(const std::string& cell_path, const std::string& weights) {
  std::ifstream file(cell_path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw rondo::Error(cell_path + " cannot be read\n");
  return rondo::Model::load(rondo::compile(rondo::Program(cell_path, text.str()).cell({{"units", 12}})),
                            weights);
}

void process(const rondo::Model& model, SndfileHandle& in, SndfileHandle& out, int64_t block) {
  const int64_t channels = in.channels();
  rondo::Stream stream(model, channels);
  std::vector<float> x(static_cast<size_t>(block * channels)), y(x.size());
  // Frames are interleaved: channel after channel is sample after sample, frame after frame time.
  const rondo::View from = rondo::view(x.data(), 1, channels), to = rondo::view(y.data(), 1, channels);
  while (const sf_count_t frames = in.readf(x.data(), block)) {
    stream.block(frames, from, to);  // the real-time part: no allocation, no lock, no system call
    if (out.writef(y.data(), frames) != frames) throw rondo::Error("the output cannot be written\n");
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const int64_t block = argc == 6 ? std::atoll(argv[5]) : 256;
  if (argc < 5 || argc > 6 || block < 1) {
    std::fprintf(stderr, "usage: %s overdrive.rondo weights.npz in.wav out.wav [BLOCK]\n", argv[0]);
    return 2;
  }
  SndfileHandle in(argv[3]);
  if (in.error()) throw rondo::Error(std::string(argv[3]) + ": " + in.strError() + "\n");
  SndfileHandle out(argv[4], SFM_WRITE, SF_FORMAT_WAV | SF_FORMAT_FLOAT, in.channels(), in.samplerate());
  if (out.error()) throw rondo::Error(std::string(argv[4]) + ": " + out.strError() + "\n");
  process(load(argv[1], argv[2]), in, out, block);
  std::printf("%lld frames of %d channels at %d Hz\n", static_cast<long long>(in.frames()), in.channels(),
              in.samplerate());
  return 0;
} catch (const rondo::Error& error) {
  std::fprintf(stderr, "%s", error.what());
  return 1;
}
