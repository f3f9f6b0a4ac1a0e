using System.Reflection;
using Xunit.Sdk;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>The engines by the names that <see cref="DatabaseServers"/> knows; <c>mysql</c> alone is MariaDB.</summary>
internal static class Engines
{
    public const string All = MySql + " postgresql";
    public const string MySql = "mysql mysql-5.6 mysql-5.7 mysql-8.0 mysql-8.4";
    public const string Newest = "mysql mysql-8.4 postgresql";
    public const string OneOfEach = "mysql postgresql";
}

/// <summary>Runs a theory once on each of the engines: the engine's name is the first argument, <paramref name="data"/> the others.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class OnEnginesAttribute(string engines, params object?[]? data) : DataAttribute
{
    public override IEnumerable<object?[]> GetData(MethodInfo testMethod) =>
        engines.Split(' ').Select(engine => (object?[])[engine, .. data ?? [null]]);
}
