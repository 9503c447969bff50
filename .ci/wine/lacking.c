// What Wine 8 lacks, as one library under two names: bcryptprimitives.dll, which every program in Rust loads, and
// conpty.dll, which the harness takes for its consoles in place of the system's.
#include <windows.h>
#include <ntsecapi.h>

// Random bytes, for whoever hashes.
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
  return RtlGenRandom(bytes, (ULONG)length);
}

static void open_if_none(DWORD which, const char *name) {
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
  HANDLE stream = GetStdHandle(which);
  if (stream != NULL && stream != INVALID_HANDLE_VALUE) return;
  stream = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                       OPEN_EXISTING, 0, NULL);
  if (stream != INVALID_HANDLE_VALUE) SetStdHandle(which, stream);
}

// Who is started in a console, and without streams, has those of the console.
BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  if (reason == DLL_PROCESS_ATTACH) {
    open_if_none(STD_INPUT_HANDLE, "CONIN$");
    open_if_none(STD_OUTPUT_HANDLE, "CONOUT$");
    open_if_none(STD_ERROR_HANDLE, "CONOUT$");
  }
  return TRUE;
}

static FARPROC of_the_system(const char *name) { return GetProcAddress(GetModuleHandleA("kernel32"), name); }

// A console without the flags that Wine's does not know: it ends at the first.
__declspec(dllexport) HRESULT WINAPI CreatePseudoConsole(COORD size, HANDLE in, HANDLE out, DWORD flags, void **made) {
  typedef HRESULT(WINAPI * call)(COORD, HANDLE, HANDLE, DWORD, void **);
  return ((call)of_the_system("CreatePseudoConsole"))(size, in, out, 0, made);
}

__declspec(dllexport) HRESULT WINAPI ResizePseudoConsole(void *console, COORD size) {
  typedef HRESULT(WINAPI * call)(void *, COORD);
  return ((call)of_the_system("ResizePseudoConsole"))(console, size);
}

__declspec(dllexport) void WINAPI ClosePseudoConsole(void *console) {
  typedef void(WINAPI * call)(void *);
  ((call)of_the_system("ClosePseudoConsole"))(console);
}
