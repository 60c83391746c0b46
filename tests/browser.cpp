#include "tests/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

extern char** environ;

namespace rondo::test {

namespace {

using Json = nlohmann::json;

constexpr int seconds_to_wait = 60;

std::string decoded(const std::string& base64) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : base64) {
    const size_t digit = digits.find(c);
    if (digit == digits.npos) continue;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

}  // namespace

Browser::Browser(const std::string& path) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  to_ = input[1];
  from_ = output[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Chromium reads commands from 3 and answers to 4. By way of numbers that neither pipe has.
  posix_spawn_file_actions_adddup2(&actions, input[0], 103);
  posix_spawn_file_actions_adddup2(&actions, output[1], 104);
  posix_spawn_file_actions_adddup2(&actions, 103, 3);
  posix_spawn_file_actions_adddup2(&actions, 104, 4);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // Its sandbox wants rights that a container does not give.
  std::vector<std::string> words{"chromium",
                                 "--headless",
                                 "--no-sandbox",
                                 "--disable-gpu",
                                 "--disable-dev-shm-usage",
                                 "--remote-debugging-pipe",
                                 "--window-size=1400,1000",
                                 "--user-data-dir=" + profile_.path("profile")};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed = posix_spawnp(&process_, "chromium", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  if (failed != 0) throw std::runtime_error("chromium does not start");
  const Json target = call("Target.createTarget", {{"url", "about:blank"}});
  session_ =
      call("Target.attachToTarget", {{"targetId", target["targetId"]}, {"flatten", true}})["sessionId"];
  call("Page.enable", Json::object());
  call("Page.navigate", {{"url", "file://" + path}});
  wait_for_event("Page.loadEventFired");
}

Browser::~Browser() {
  close(to_);
  close(from_);
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

Json Browser::call(const std::string& method, Json parameters) {
  const int id = next_id_++;
  Json message = {{"id", id}, {"method", method}, {"params", std::move(parameters)}};
  if (!session_.empty()) message["sessionId"] = session_;
  const std::string text = message.dump() + '\0';
  if (write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("chromium is gone");
  while (true) {
    Json answer = receive();
    if (answer.contains("id") && answer["id"] == id) {
      if (answer.contains("error")) throw std::runtime_error(answer["error"].dump());
      return answer["result"];
    }
    if (answer.contains("method")) events_.push_back(answer["method"]);
  }
}

// The next message; they end with NUL.
Json Browser::receive() {
  while (unread_.find('\0') == unread_.npos) {
    pollfd wait{from_, POLLIN, 0};
    if (poll(&wait, 1, seconds_to_wait * 1000) <= 0) throw std::runtime_error("chromium does not answer");
    char bytes[65536];
    const ssize_t count = read(from_, bytes, sizeof bytes);
    if (count <= 0) throw std::runtime_error("chromium is gone");
    unread_.append(bytes, static_cast<size_t>(count));
  }
  const size_t end = unread_.find('\0');
  Json message = Json::parse(unread_.substr(0, end));
  unread_.erase(0, end + 1);
  return message;
}

void Browser::wait_for_event(const std::string& method) {
  while (std::find(events_.begin(), events_.end(), method) == events_.end()) {
    const Json message = receive();
    if (message.contains("method")) events_.push_back(message["method"]);
  }
  events_.clear();
}

Json Browser::evaluate(const std::string& expression) {
  const Json result = call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}});
  if (result.contains("exceptionDetails")) throw std::runtime_error(result["exceptionDetails"].dump());
  return result["result"].contains("value") ? result["result"]["value"] : Json();
}

void Browser::hover(const std::string& selector) {
  const Json box = evaluate("(() => { const e = document.querySelector(" + Json(selector).dump() +
                            "); e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect(); "
                            "return {x: b.left + Math.min(b.width, 300) / 2, y: b.top + b.height / 2}; })()");
  call("Input.dispatchMouseEvent", {{"type", "mouseMoved"}, {"x", box["x"]}, {"y", box["y"]}});
}

std::string Browser::screenshot() {
  return decoded(call("Page.captureScreenshot", {{"format", "png"}})["data"]);
}

}  // namespace rondo::test
