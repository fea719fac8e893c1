// A C++ kernel: it needs the C++ runtime, and a constructor that has run.
#include <stdexcept>
#include <string>

static const std::string text = "made before main";

extern "C" long length_or_throw(long limit)
{
    try {
        if (static_cast<long>(text.size()) > limit)
            throw std::length_error("too long");
        return static_cast<long>(text.size());
    } catch (const std::length_error &) {
        return -1;
    }
}
