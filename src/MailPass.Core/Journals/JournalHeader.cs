using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using MailPass.Stores;

namespace MailPass.Journals;

/// <summary>A journal's first line: who runs what, where, since when and why.</summary>
public sealed record JournalHeader
{
    /// <summary>The run's id, unique and easy to type: when it began (UTC) and six random hex digits.</summary>
    public required string Run { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The account that runs it.</summary>
    public required string Operator { get; init; }

    /// <summary>The machine.</summary>
    public required string Host { get; init; }

    /// <summary>The process's id on that machine.</summary>
    public required int Process { get; init; }

    /// <summary>Which program: <c>mailpass</c> or <c>PowerShell</c>.</summary>
    public required string Head { get; init; }

    /// <summary>MailPass's version.</summary>
    public required string Version { get; init; }

    /// <summary>The store's kind.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the store is.</summary>
    public required string Store { get; init; }

    /// <summary>The store's schema.</summary>
    public required string Schema { get; init; }

    /// <summary>What is done: <c>reset</c>, <c>set</c> or <c>restore</c>.</summary>
    public required string Command { get; init; }

    /// <summary>The mailboxes that the run may change.</summary>
    public required RunScope Scope { get; init; }

    /// <summary>Why, in the operator's words.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether each person must choose another password at the next login; <see langword="null"/> for no.</summary>
    public bool? ForceChange { get; init; }

    /// <summary>The file that the rows go to.</summary>
    public string? Output { get; init; }

    /// <summary>The run's key, sealed to certificates (CMS, base64); <see langword="null"/> if the key is beside the journal.</summary>
    public string? Envelope { get; init; }

    /// <summary>The header of a run that begins now.</summary>
    /// <param name="store">The store.</param>
    /// <param name="run">What the run is.</param>
    public static JournalHeader Begin(StoreInfo store, RunDescription run)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(run);
        var now = DateTimeOffset.UtcNow;
        return new JournalHeader
        {
            Run = string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd-HHmmss}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}"),
            Started = now,
            Operator = Environment.UserName,
            Host = Environment.MachineName,
            Process = Environment.ProcessId,
            Head = run.Head,
            Version = typeof(JournalHeader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? string.Empty,
            Kind = store.Kind,
            Store = store.Location,
            Schema = store.Schema,
            Command = run.Command,
            Scope = run.Scope,
            Reason = run.Reason,
            ForceChange = run.ForceChange ? true : null,
            Output = run.Output,
        };
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("run"u8, Run);
        json.WriteString("started"u8, Started);
        json.WriteString("operator"u8, Operator);
        json.WriteString("host"u8, Host);
        json.WriteNumber("process"u8, Process);
        json.WriteString("head"u8, Head);
        json.WriteString("version"u8, Version);
        json.WriteString("kind"u8, Kind);
        json.WriteString("store"u8, Store);
        json.WriteString("schema"u8, Schema);
        json.WriteString("command"u8, Command);
        json.WritePropertyName("scope"u8);
        Scope.WriteTo(json);
        json.WriteIfAny("reason"u8, Reason);
        if (ForceChange is { } forceChange)
        {
            json.WriteBoolean("forceChange"u8, forceChange);
        }

        json.WriteIfAny("output"u8, Output);
        json.WriteIfAny("envelope"u8, Envelope);
        json.WriteEndObject();
    }

    /// <summary>Whether a header that was read is complete: the JSON reader accepts <c>null</c> for every member.</summary>
    internal bool IsWhole() =>
        ((object?[])[Run, Operator, Host, Head, Version, Kind, Store, Schema, Command]).All(static field => field is not null) && Scope?.IsWhole() == true;

    /// <summary>Whether the run writes to this store.</summary>
    /// <param name="store">The store.</param>
    public bool IsOn(StoreInfo store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return Kind == store.Kind && Store == store.Location;
    }
}
