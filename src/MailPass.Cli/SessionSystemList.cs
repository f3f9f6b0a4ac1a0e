using MailPass.Sessions;

namespace MailPass.Cli;

/// <summary>Session systems that are disposed of together.</summary>
internal sealed class SessionSystemList(IReadOnlyList<ISessionAuthority> all) : IAsyncDisposable
{
    public IReadOnlyList<ISessionAuthority> All => all;

    public async ValueTask DisposeAsync() => await SessionSystems.DisposeAsync(all).ConfigureAwait(false);
}
